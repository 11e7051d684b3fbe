package server

import (
	"io"
	"log/slog"

	"github.com/kindreddb/kindred/cmd/kindred/internal/config"
)

// newLog writes lines as the settings say.
func newLog(to io.Writer, c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == config.JSON {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}
