package peer

// MessageBytesMax is the longest encoded message, in bytes. A put is refused long before, but a merge never
// is: 100 siblings of 4 MiB each, as the defaults of a bucket allow, come to 400 MiB, and must pass whole.
const MessageBytesMax = 512 << 20
