package server

// StartError is why a server does not run: what is wrong and where, and what to do about it.
type StartError struct {
	What string
	// Next is what to do; "" where there is nothing but to read What.
	Next  string
	cause error
}

// Error gives What.
func (e *StartError) Error() string { return e.What }

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.cause }
