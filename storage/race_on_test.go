//go:build race

package storage

// raceDetector says whether this test was built with it.
const raceDetector = true
