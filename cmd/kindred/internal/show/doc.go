// Package show puts results onto a terminal or into a pipe: tables aligned by the width that characters
// take on a screen, text made harmless, colour only where somebody looks, JSON for programs.
package show
