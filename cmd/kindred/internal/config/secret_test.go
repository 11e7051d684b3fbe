package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretIsTakenFromAFileThatIsItsOwnersAlone(t *testing.T) {
	long := strings.Repeat("s", secretMin)
	for _, c := range []struct {
		name, content string
		mode          os.FileMode
		want, refusal string
	}{
		{"a good one", long + "\n", 0o600, long, ""},
		{"one read by its owner only", long, 0o400, long, ""},
		{"one that the group reads", long, 0o640, "", "chmod 600"},
		{"one that the world reads", long, 0o604, "", "chmod 600"},
		{"a short one", long[1:] + "\n", 0o600, "", "holds 15 bytes"},
		{"one without end", strings.Repeat("s", secretMax+1), 0o600, "", "more than 4096 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			got, err := Config{SecretFile: path}.ReadSecret()
			if c.refusal == "" {
				if err != nil || string(got) != c.want {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.refusal) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want a refusal with %q and the path", err, c.refusal)
			}
			if err != nil && strings.Contains(err.Error(), long[1:]) {
				t.Error("the message shows the secret")
			}
		})
	}
	if got, err := (Config{}).ReadSecret(); got != nil || err != nil {
		t.Errorf("without a file: %q, %v", got, err)
	}
	for _, path := range []string{t.TempDir(), "/nowhere/at/all"} {
		if _, err := (Config{SecretFile: path}).ReadSecret(); err == nil {
			t.Errorf("%s was taken for a secret", path)
		}
	}
}
