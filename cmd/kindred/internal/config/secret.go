package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// A secret's size in bytes, line ends at its end not counted.
const (
	secretMin = 16
	secretMax = 4096
)

// ReadSecret reads the cluster's secret; nil where no file is named. Errors say what is wrong with the file
// and never show what is in it. The file must be readable by its owner alone.
func (c Config) ReadSecret() ([]byte, error) {
	if c.SecretFile == "" {
		return nil, nil
	}
	f, err := os.Open(c.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("--secret-file: %s is no plain file", c.SecretFile)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("--secret-file: others may read %s (mode %04o). Make it yours alone: chmod 600 %s", c.SecretFile, mode, c.SecretFile)
	}
	content, err := io.ReadAll(io.LimitReader(f, secretMax+3))
	if err != nil {
		return nil, fmt.Errorf("--secret-file: %w", err)
	}
	secret := bytes.TrimRight(content, "\r\n")
	switch {
	case len(secret) < secretMin:
		return nil, fmt.Errorf("--secret-file: %s holds %d bytes, a secret has %d or more. Make one: head -c 32 /dev/urandom | base64 > %s", c.SecretFile, len(secret), secretMin, c.SecretFile)
	case len(secret) > secretMax:
		return nil, fmt.Errorf("--secret-file: %s holds more than %d bytes, which is no secret", c.SecretFile, secretMax)
	}
	return secret, nil
}
