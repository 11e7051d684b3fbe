package baseline

// stampClient counts per client, and the client itself remembers how far it is. Exact, as long as each
// client's context holds its own last write, at the price of an entry for each client that ever wrote.
func stampClient(_ vectors, w Write, seen vector) vector {
	seen[w.Client] = w.ClientEvent
	return seen
}

// stampClientStateless has the server count for the client, from what it holds and what the client saw. A
// client that writes again elsewhere, before that server has heard of its last write, repeats a number.
func stampClientStateless(held vectors, w Write, seen vector) vector {
	seen[w.Client] = max(held.joined()[w.Client], seen[w.Client]) + 1
	return seen
}
