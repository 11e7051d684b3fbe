package document

// Cluster is GET /admin/cluster: what one node can tell of the whole cluster.
type Cluster struct {
	// Cluster is the cluster's id, 16 hexadecimal digits; null before its birth.
	Cluster *string `json:"cluster"`
	// Layout is the number of the present layout; null before the cluster's birth.
	Layout *uint64 `json:"layout"`
	// Verdict is healthy, degraded (all data can be read and written) or unavailable (some cannot).
	Verdict string `json:"verdict"`
	// CanFail is how many more nodes may fail, whichever they are, with all data readable and writable.
	CanFail int    `json:"can_fail"`
	Nodes   []Node `json:"nodes"`
	// Transfers is null while there is nothing of the kind.
	Transfers *struct{} `json:"transfers"`
	// Repair sums up anti-entropy over the nodes that answered; null before the cluster's birth.
	Repair   *ClusterRepair `json:"repair"`
	Problems []Trouble      `json:"problems"`
}

// Node is one row of the table of nodes. Figures of a node that did not answer are null.
type Node struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	State    string  `json:"state"` // up, down, joining, leaving or spare
	Since    *string `json:"since"` // when it came into that state, as the asked node saw it
	Zone     string  `json:"zone"`
	Capacity uint32  `json:"capacity"`
	// Partitions counts those of the default n that the node holds a copy of.
	Partitions int `json:"partitions"`
	// Keys counts the keys that the node holds something of, Bytes the size of their values, which on disk is
	// another one. kindred status calls it values.
	Keys  *int64 `json:"keys"`
	Bytes *int64 `json:"bytes"`
	// Hints counts what the others keep for this node, HintBytes its size.
	Hints     int64 `json:"hints"`
	HintBytes int64 `json:"hint_bytes"`
	// Addresses of the four listeners, host:port.
	Data   string `json:"data"`
	Admin  string `json:"admin"`
	Peer   string `json:"peer"`
	Gossip string `json:"gossip"`
	// Version is of the program.
	Version string `json:"version"`
	// Cause says why the node is down; "" while it is up.
	Cause string `json:"cause,omitempty"`
	// GetP99 and PutP99 are of the requests that the node coordinated lately, in microseconds.
	GetP99 *int64 `json:"get_p99_us"`
	PutP99 *int64 `json:"put_p99_us"`
	// FreeBytes is what the node's disk has left; DiskFull says that it refuses writes.
	FreeBytes *int64 `json:"free_bytes"`
	DiskFull  *bool  `json:"disk_full"`
	// Damaged counts objects that failed their checksum; Incomplete the ranges that the node owns and does
	// not fully know.
	Damaged    *int64 `json:"damaged"`
	Incomplete *int   `json:"incomplete"`
}

// Trouble names what is wrong, why, and what to do.
type Trouble struct {
	What  string  `json:"what"`
	Cause string  `json:"cause"`
	Next  string  `json:"next"`
	Since *string `json:"since,omitempty"`
}

// NodeRef names a node.
type NodeRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Layout is GET /admin/layout.
type Layout struct {
	Number     uint64         `json:"number"`
	Hash       string         `json:"hash"`
	Partitions int            `json:"partitions"`
	N          int            `json:"n"`
	Members    []LayoutMember `json:"members"`
}

// LayoutMember is a node's part in a layout.
type LayoutMember struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Zone       string `json:"zone"`
	Capacity   uint32 `json:"capacity"`
	Partitions int    `json:"partitions"` // copies that it holds
}

// Where is GET /admin/where/{bucket}/{key}: where a key lives.
type Where struct {
	Bucket    string    `json:"bucket"`
	Key       string    `json:"key"`
	Partition int       `json:"partition"`
	N         int       `json:"n"`
	Primaries []NodeRef `json:"primaries"`
	Fallbacks []NodeRef `json:"fallbacks"` // in the order in which they stand in
}

// Bucket holds a bucket's properties.
type Bucket struct {
	N            int   `json:"n"`
	R            Level `json:"r"`
	W            Level `json:"w"`
	PR           Level `json:"pr"`
	PW           Level `json:"pw"`
	DW           Level `json:"dw"`
	MaxSiblings  int   `json:"max_siblings"`
	MaxValueSize int   `json:"max_value_size"` // bytes
}

// BucketChange is the body of PUT /admin/buckets/{bucket}: what is left out stays as it is.
type BucketChange struct {
	N            *int   `json:"n,omitempty"`
	R            *Level `json:"r,omitempty"`
	W            *Level `json:"w,omitempty"`
	PR           *Level `json:"pr,omitempty"`
	PW           *Level `json:"pw,omitempty"`
	DW           *Level `json:"dw,omitempty"`
	MaxSiblings  *int   `json:"max_siblings,omitempty"`
	MaxValueSize *int   `json:"max_value_size,omitempty"`
}

// Buckets is GET /admin/buckets.
type Buckets struct {
	// Defaults hold for every bucket that is not listed.
	Defaults Bucket `json:"defaults"`
	// Buckets are those that were given properties, by name (percent-encoded as in a path).
	Buckets map[string]Bucket `json:"buckets"`
}

// Version is GET /version.
type Version struct {
	Version string `json:"version"`
	API     int    `json:"api"` // of the contract that /openapi.json describes
	Go      string `json:"go"`
}

// State is GET /livez and GET /readyz where all is well.
type State struct {
	Status string `json:"status"`
}
