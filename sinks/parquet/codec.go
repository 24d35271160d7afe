package parquet

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
)

// codec compresses the pages with zstd at its fastest level: a page in four
// fifths of the time of the default level, and a twentieth larger. Its window is
// a page; parquet-go's own codec keeps eight megabytes for a window it cannot
// use.
type codec struct {
	compress.Codec // decompresses
	encoders       sync.Pool
}

// pageCodec serves all tables: it keeps nothing but encoders between uses.
var pageCodec = newCodec(&pq.Zstd)

func newCodec(fallback compress.Codec) *codec {
	return &codec{Codec: fallback, encoders: sync.Pool{New: func() any {
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(pageBytes),
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
		if err != nil {
			panic(err) // the options are constant
		}
		return encoder
	}}}
}

func (c *codec) CompressionCodec() format.CompressionCodec { return format.Zstd }

func (c *codec) Encode(dst, src []byte) ([]byte, error) {
	encoder := c.encoders.Get().(*zstd.Encoder)
	defer c.encoders.Put(encoder)
	return encoder.EncodeAll(src, dst[:0]), nil
}
