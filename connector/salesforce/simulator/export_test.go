package simulator

// EncodeForBenchmark makes the result of a query and returns its size as CSV.
func (s *Server) EncodeForBenchmark(query string) int64 {
	p, _, err := s.planBulk(jobRequest{Operation: "query", Query: query})
	if err != nil {
		panic(err)
	}
	t := table{view: p.view, columns: p.columns, delimiter: ',', lineEnd: "\n"}
	done := make(chan struct{})
	r := newResult(s.ctx, p, t, 1, newShelf(s.config.ResultMemory), func() { close(done) })
	<-done
	size := int64(0)
	for _, piece := range r.page(0, len(r.rows)) {
		size += piece.size
	}
	return size
}
