package config

import "fmt"

// Nearest is the name among those given that is most like the text, or "" where none is alike: a slip of
// two letters, or of a third of a longer word.
func Nearest(text string, names []string) string {
	best, bestAt := "", max(2, len(text)/3)+1
	for _, name := range names {
		if d := distance(text, name); d < bestAt && d < len(name) {
			best, bestAt = name, d
		}
	}
	return best
}

func didYouMean(text string, names []string) string {
	if name := Nearest(text, names); name != "" {
		return fmt.Sprintf("; did you mean %q?", name)
	}
	return ""
}

// distance counts the letters to insert, drop, change, or swap with a neighbour to turn a into b.
func distance(a, b string) int {
	const longest = 64 // names are shorter; a longer text is like none of them
	if len(a) > longest || len(b) > longest {
		return longest
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
