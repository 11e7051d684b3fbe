package process

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Build compiles the server of this module into the folder and gives the binary's path. flags go to go
// build, for example "-race".
func Build(ctx context.Context, folder string, flags ...string) (string, error) {
	binary := filepath.Join(folder, "kindred")
	args := append([]string{"build", "-o", binary}, flags...)
	out, err := exec.CommandContext(ctx, "go", append(args, "github.com/kindreddb/kindred/cmd/kindred")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, out)
	}
	return binary, nil
}
