package peer

import (
	"net"
	"sync"
	"testing"
)

// proxy stands between two transports and can do to their bytes what networks do.
type proxy struct {
	net.Listener
	mu    sync.Mutex
	to    string
	pairs []*pair
	touch func(b []byte) // may alter what travels to the server
	wg    sync.WaitGroup
}

// pair is one connection through the proxy.
type pair struct {
	front, back net.Conn
	mu          sync.Mutex
	still       *sync.Cond
	paused      bool
}

func newProxy(t testing.TB, to string) *proxy {
	p := &proxy{Listener: listen(t), to: to}
	p.wg.Add(1)
	go p.run()
	t.Cleanup(func() {
		p.Close()
		p.each((*pair).cut)
		p.wg.Wait()
	})
	return p
}

func (p *proxy) run() {
	defer p.wg.Done()
	for {
		front, err := p.Accept()
		if err != nil {
			return
		}
		back, err := net.Dial("tcp", p.to)
		if err != nil {
			front.Close()
			continue
		}
		x := &pair{front: front, back: back}
		x.still = sync.NewCond(&x.mu)
		p.mu.Lock()
		p.pairs = append(p.pairs, x)
		p.mu.Unlock()
		p.wg.Add(2)
		go p.copy(x, back, front, true)
		go p.copy(x, front, back, false)
	}
}

func (p *proxy) copy(x *pair, to, from net.Conn, forward bool) {
	defer p.wg.Done()
	defer x.cut()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		x.mu.Lock()
		for x.paused {
			x.still.Wait()
		}
		x.mu.Unlock()
		p.mu.Lock()
		touch := p.touch
		p.mu.Unlock()
		if forward && touch != nil {
			touch(buf[:n])
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// each does something to all connections there are now; those that come later are left alone.
func (p *proxy) each(do func(*pair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.pairs {
		do(x)
	}
}

func (p *proxy) altering(touch func([]byte)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touch = touch
}

// pause lets nothing through, without closing anything.
func (x *pair) pause() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.paused = true
}

func (x *pair) resume() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.paused = false
	x.still.Broadcast()
}

func (x *pair) cut() {
	x.resume()
	x.front.Close()
	x.back.Close()
}
