package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build compiles the server of this module into the folder and gives the binary's path: one static program,
// without cgo. flags go to go build.
func Build(ctx context.Context, folder string, flags ...string) (string, error) {
	binary := filepath.Join(folder, "kindred")
	args := append([]string{"build", "-o", binary}, flags...)
	build := exec.CommandContext(ctx, "go", append(args, "github.com/kindreddb/kindred/cmd/kindred")...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, out)
	}
	return binary, nil
}
