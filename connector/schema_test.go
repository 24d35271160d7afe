package connector_test

import (
	"testing"

	"github.com/axisync/axisync/connector"
)

func TestDescribeRidesAlong(t *testing.T) {
	want := connector.Property{Name: "Owner.Name", Label: "Owner", Type: "currency", Length: 3, Precision: 18, Scale: 2, Custom: true, Formula: true}
	schema := connector.AccountSchema([]connector.Property{want})
	if got := connector.PropertyOf(schema.Field(1)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := connector.PropertyOf(schema.Field(0)); got.Type != "id" {
		t.Errorf("Id has the type %q", got.Type)
	}
}

func TestUnreadAxisHasNoColumn(t *testing.T) {
	schema := connector.CustomerSchema([]string{"Industry", "industry", "Region"}, func(axis string) bool { return axis != "industry" })
	var got []string
	for _, field := range schema.Fields()[3:] {
		got = append(got, field.Name+"="+connector.AxisOf(field))
	}
	want := []string{"value_0=Industry", "type_0=Industry", "value_2=Region", "type_2=Region"}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
