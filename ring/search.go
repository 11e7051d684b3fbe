package ring

import "math"

// measure finds the distance of every vertex, and the goal. It is Dijkstra's search with buckets (Dial,
// 1969) over costs that the last distances make non-negative (Johnson's potentials): after the units that
// were sent, the distance of no vertex is less than before. It says whether any member with room is left to
// be reached.
//
// What cannot be reached once is never reached again: sending units turns only arcs among the reached.
func (f *flow) measure() bool {
	more := f.at // the distance beyond the last one; at is idle here
	for v := range more {
		more[v] = unreached
	}
	var buckets [][]int32
	reach := func(v int, d int32) {
		if d >= more[v] {
			return
		}
		more[v] = d
		for int(d) >= len(buckets) {
			buckets = append(buckets, nil)
		}
		buckets[d] = append(buckets[d], int32(v))
	}
	for v := range len(f.free) + len(f.taken) {
		if f.supplies(v) {
			reach(v, -f.distance[v])
		}
	}
	for d := int32(0); int(d) < len(buckets); d++ {
		for i := 0; i < len(buckets[d]); i++ { // the bucket may grow meanwhile
			v := int(buckets[d][i])
			if more[v] < d {
				continue
			}
			for to, cost, number := f.next(v, 0); to >= 0; to, cost, number = f.next(v, number+1) {
				reach(to, d+cost+f.distance[v]-f.distance[to])
			}
		}
	}
	f.goal = unreached
	for v := range f.distance {
		if more[v] == unreached {
			continue
		}
		f.distance[v] += more[v]
		if m := f.member(v); m >= 0 && f.hasRoom(m) {
			f.goal = min(f.goal, f.distance[v])
		}
	}
	return f.goal != unreached
}

// isCheapest says whether the arc lies on a cheapest path.
func (f *flow) isCheapest(v, to int, cost int32) bool { return f.distance[v]+cost == f.distance[to] }

// isGoal says whether a unit may leave at the vertex at the least cost.
func (f *flow) isGoal(v int) bool {
	m := f.member(v)
	return m >= 0 && f.hasRoom(m) && f.distance[v] == f.goal
}

// layer numbers the vertices by the arcs on their shortest cheapest path, as far as the nearest goal, and
// says whether there is one (Dinic's algorithm, 1970: paths that only climb the layers cannot go in circles,
// and after a round of them all the nearest goal is further away).
func (f *flow) layer() bool {
	for v := range f.depth {
		f.depth[v], f.at[v] = unreached, 0
	}
	var queue []int32
	for v := range len(f.free) + len(f.taken) {
		if f.supplies(v) {
			f.depth[v] = 0
			queue = append(queue, int32(v))
		}
	}
	nearest := int32(unreached)
	for i := 0; i < len(queue); i++ {
		v := int(queue[i])
		if f.depth[v] >= nearest {
			break
		}
		for to, cost, number := f.next(v, 0); to >= 0; to, cost, number = f.next(v, number+1) {
			if f.depth[to] != unreached || !f.isCheapest(v, to, cost) {
				continue
			}
			f.depth[to] = f.depth[v] + 1
			queue = append(queue, int32(to))
			if f.isGoal(to) {
				nearest = f.depth[to]
			}
		}
	}
	return nearest != unreached
}

// push sends one unit from the vertex up the layers to a goal, and says whether it could.
func (f *flow) push(v int) bool {
	if f.isGoal(v) {
		f.load[f.member(v)]++
		return true
	}
	for {
		to, cost, number := f.next(v, int(f.at[v]))
		if to < 0 {
			f.at[v] = math.MaxInt32 - 1
			return false
		}
		f.at[v] = int32(number)
		if f.depth[to] == f.depth[v]+1 && f.isCheapest(v, to, cost) && f.push(to) {
			f.shift(v, to)
			return true
		}
		f.at[v]++
	}
}
