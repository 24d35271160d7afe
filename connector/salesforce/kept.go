package salesforce

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// card is what is written beside a page once it was received to its end: where
// it was found, what its headers told, and what its file must be.
type card struct {
	Locator string `json:"locator"`
	Listed  bool   `json:"listed"`
	Rows    int64  `json:"rows"`
	Next    string `json:"next"`
	Gzipped bool   `json:"gzipped"`
	Size    int64  `json:"size"`
	CRC     uint32 `json:"crc32c"`
}

func (c card) place() place { return place{c.Locator, c.Listed} }

func (c card) head() head { return head{rows: c.Rows, next: c.Next} }

// follows reports whether c is the page after before: the one that its header
// names, or the next of the same list.
func (c card) follows(before card) bool {
	return c.Locator == before.Next && before.Next != noLocator || c.Listed && before.Listed
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// kept are the pages of a job that lie in its folder from before.
type kept struct {
	cards  map[int]card // by the number of the page
	prefix int          // so many from the first on are there, each the successor of the one before
	rows   int64        // of those
}

// readKept finds the pages of a job. A page whose card or size is not right counts
// as missing; its content is checked when its turn comes.
func readKept(dir, jobID string) (*kept, error) {
	k := &kept{cards: map[int]card{}}
	paths, err := filepath.Glob(filepath.Join(dir, jobID+"-*.json"))
	if err != nil {
		return nil, fmt.Errorf("salesforce: %w", err)
	}
	for _, path := range paths {
		var number int
		if _, err := fmt.Sscanf(filepath.Base(path), jobID+"-%d.json", &number); err != nil || number < 1 {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("salesforce: %w", err)
		}
		var c card
		if json.Unmarshal(content, &c) != nil || c.Next == "" || c.Rows < 0 {
			continue
		}
		p := &page{path: pagePath(dir, jobID, number), gzipped: c.Gzipped}
		if info, err := os.Stat(p.file()); err == nil && info.Size() == c.Size {
			k.cards[number] = c
		}
	}
	k.measure()
	return k, nil
}

func (k *kept) measure() {
	for {
		c, there := k.cards[k.prefix+1]
		if !there || k.prefix == 0 && !c.Listed && c.Locator != "" || k.prefix > 0 && !c.follows(k.cards[k.prefix]) {
			return
		}
		k.prefix++
		k.rows += c.Rows
	}
}

// whole reports whether nothing of the job is missing on disk.
func (k *kept) whole(rows *int64) bool {
	return rows != nil && k.prefix > 0 && k.cards[k.prefix].Next == noLocator && k.rows == *rows
}

// intact reads the file of the page and compares it with its card.
func (p *page) intact(c card) bool {
	file, err := os.Open(p.file())
	if err != nil {
		return false
	}
	defer file.Close()
	sum := crc32.New(castagnoli)
	size, err := io.CopyBuffer(struct{ io.Writer }{sum}, file, make([]byte, 128<<10))
	return err == nil && size == c.Size && sum.Sum32() == c.CRC
}
