package pipelines

import (
	"context"
	"errors"
	"log/slog"

	"github.com/axisync/axisync/connector/salesforce"
)

// Field is a property that the connected user can see.
type Field struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Type    string `json:"type"`
	Length  int    `json:"length,omitempty"`
	Custom  bool   `json:"custom"`
	Formula bool   `json:"formula"`
	// Reason is why it cannot be extracted, empty when it can; Instead are the
	// properties to ask for then.
	Reason  string   `json:"reason,omitempty"`
	Instead []string `json:"instead,omitempty"`
	// Leads is what stands before the properties of the object that it leads to, such
	// as "Owner."; empty when it leads nowhere.
	Leads string `json:"leads,omitempty"`
}

// Fields lists the properties of the accounts or, when path is such as "Owner.", of
// the object that it leads to. It spends no job and writes nothing.
func Fields(ctx context.Context, p *Pipeline, o Options, path string) (fields []Field, err error) {
	defer func() { err = p.withCommand(err) }()
	org, err := salesforce.Connect(ctx, p.Salesforce, p.tokenStore())
	if err != nil {
		return nil, err
	}
	defer org.Close()
	if err := p.belongsTo(ctx, org.Identity().OrganizationID); err != nil {
		return nil, err
	}
	r := &run{Pipeline: p, Options: o, org: org, state: &state{}, result: &Result{}}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	object, err := org.Describe(ctx, p.Object)
	if err != nil {
		return nil, r.queryError(err, "the object "+p.Object+" cannot be described; check salesforce.object")
	}
	listed, err := object.Catalog(ctx, path)
	var unknown *salesforce.UnknownRelationship
	if errors.As(err, &unknown) {
		return nil, configurationf("%v", err)
	}
	if err != nil {
		return nil, err
	}
	fields = make([]Field, len(listed))
	for i, f := range listed {
		fields[i] = Field{Name: f.Name, Label: f.Label, Type: f.Type, Length: f.Length, Custom: f.Custom, Formula: f.Formula, Reason: f.Reason, Instead: f.Instead}
		if f.Relationship != "" {
			fields[i].Leads = f.Relationship + "."
		}
	}
	return fields, nil
}
