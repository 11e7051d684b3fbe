package main

import (
	"runtime"

	"github.com/spf13/cobra"
)

// versionDocument is what version writes with -o json.
type versionDocument struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Args:  exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			v := versionDocument{version, runtime.Version(), runtime.GOOS, runtime.GOARCH}
			if a.json() {
				return a.printJSON(v)
			}
			a.printf("kindred %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
			return nil
		},
	}
}
