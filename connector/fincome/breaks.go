package fincome

import "bufio"

// breaks passes a CSV file on in such a way that encoding/csv keeps the line
// breaks within quotes as they are. It would make \n of \r\n, and an address of
// two lines, which Salesforce breaks with \r\n, would look edited; of \r\r\n it
// makes \r\n.
type breaks struct {
	from   *bufio.Reader
	quoted bool
	again  bool // a \r is to be repeated
}

func (b *breaks) Read(p []byte) (n int, err error) {
	for ; n < len(p); n++ {
		if b.again {
			p[n], b.again = '\r', false
			continue
		}
		if p[n], err = b.from.ReadByte(); err != nil {
			break
		}
		switch p[n] {
		case '"':
			b.quoted = !b.quoted
		case '\r':
			next, _ := b.from.Peek(1) // an error comes again with ReadByte
			b.again = b.quoted && string(next) == "\n"
		}
	}
	if n > 0 {
		return n, nil // an error comes again with the next call
	}
	return 0, err
}
