package parquet

// stretchRows is how many rows are scattered column by column before the next:
// so few that what is read of them stays in the cache of the processor.
const stretchRows = 4096

// stretch is some rows by the bucket they go to.
type stretch struct {
	buckets []uint16 // by row
	ends    []int32  // ends[b+1] is the end of bucket b in places; ends[0] is 0
	places  []uint16 // the rows, bucket by bucket
}

// place finds the buckets of the rows from and up to to, of which there are
// stretchRows at most, by the hash of their keys.
func (s *stretch) place(keys *texts, from, to, depth int) {
	s.buckets, s.ends = s.buckets[:0], append(s.ends[:0], make([]int32, 1<<depth+2)...)
	for i := from; i < to; i++ {
		bucket := bucketOf(keys, i, depth)
		s.buckets = append(s.buckets, uint16(bucket))
		s.ends[bucket+2]++
	}
	for bucket := range 1 << depth { // ends[b+1] is the start of b, and its end when all its rows are placed
		s.ends[bucket+2] += s.ends[bucket+1]
	}
	s.places = append(s.places[:0], make([]uint16, to-from)...)
	for i, bucket := range s.buckets {
		s.places[s.ends[bucket+1]] = uint16(i)
		s.ends[bucket+1]++
	}
}

// of are the rows of a bucket, counted from the first of the stretch.
func (s *stretch) of(bucket int) []uint16 { return s.places[s.ends[bucket]:s.ends[bucket+1]] }
