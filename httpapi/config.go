package httpapi

import (
	"errors"
	"log/slog"
	"time"

	"github.com/kindreddb/kindred/httpapi/strict"
)

// Config is what a Server is made of. Backend is required; zero values of the rest take the defaults named.
type Config struct {
	Backend Backend
	// Version names the program's build in /version. Default "unknown".
	Version string
	// Log takes what an operator should know of. Default: discard.
	Log *slog.Logger

	// Wire bounds heads, and the time that each step of a connection may take.
	Wire strict.Limits
	// ConnectionsMax and ConnectionsPerIPMax bound open connections of both listeners together; more are
	// answered 503 and closed. Defaults 4,096 and 2,048.
	ConnectionsMax, ConnectionsPerIPMax int
	// RequestsMax bounds requests under way at once; more are answered 503. Default 2,048.
	RequestsMax int
	// BodyBytesMax bounds the bytes of all bodies and documents under way together; beyond it requests are
	// answered 503. Default 512 MiB.
	BodyBytesMax int64
	// DrainTimeout is how long Shutdown waits for requests under way. Default 10 s.
	DrainTimeout time.Duration

	// AdminHosts are host names, beside localhost and addresses in digits, under which the admin listener may
	// be reached. Any other name in a request is refused: it may be a web page that had its own name resolved
	// to this machine.
	AdminHosts []string
	// MoreMetrics, when not nil, gives what the parts below HTTP count, for /metrics. It may be called
	// concurrently, at any time while the server serves. The result is the server's own.
	MoreMetrics func() []Metric
}

func (c *Config) setDefaults() {
	c.Wire.SetDefaults()
	defaultTo(&c.Version, "unknown")
	defaultTo(&c.ConnectionsMax, 4096)
	defaultTo(&c.ConnectionsPerIPMax, 2048)
	defaultTo(&c.RequestsMax, 2048)
	defaultTo(&c.BodyBytesMax, 512<<20)
	defaultTo(&c.DrainTimeout, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate reports every fault at once.
func (c *Config) validate() error {
	var faults []error
	if c.Backend == nil {
		faults = append(faults, errors.New("httpapi: Config.Backend is missing"))
	}
	if c.ConnectionsMax < 0 || c.ConnectionsPerIPMax < 0 || c.RequestsMax < 0 || c.BodyBytesMax < 0 {
		faults = append(faults, errors.New("httpapi: a limit of Config is negative"))
	}
	if c.Wire.LineBytesMax < 4<<10 {
		faults = append(faults, errors.New("httpapi: Config.Wire.LineBytesMax is below 4 KiB: a key of 1,024 bytes takes 3,072 when encoded"))
	}
	if c.DrainTimeout < 0 {
		faults = append(faults, errors.New("httpapi: Config.DrainTimeout is negative"))
	}
	return errors.Join(faults...)
}
