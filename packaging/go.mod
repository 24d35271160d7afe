module github.com/axisync/axisync/packaging

go 1.26.0

require (
	github.com/axisync/axisync v0.0.0
	github.com/google/licensecheck v0.3.1
)

replace github.com/axisync/axisync => ../
