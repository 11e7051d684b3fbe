// Package gossip is what the nodes of a cluster know of each other.
package gossip
