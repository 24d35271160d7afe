package pipelines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/transform"
)

// requireTag refuses to invent the six characters of the axis names: they belong
// to the source for ever, and other names would make new axes.
func (r *run) requireTag(ctx context.Context) error {
	if !r.Naming.NeedsTag() {
		if r.Naming.Tag != "" {
			r.state.Tag = r.Naming.Tag
		}
		return nil
	}
	if r.Naming.Tag = r.state.Tag; r.Naming.Tag != "" {
		return nil
	}
	text := r.File + ": axes has no tag, no prefix and is not bare, so the axes have no names yet; paste under axes:\n  tag: \"" + newTag() + "\""
	if carried, err := r.carriedTags(ctx); err == nil && len(carried) > 0 {
		text += "\ncustomers already carry axes with the tags " + strings.Join(carried, ", ") + ": to go on with one of them, write that one"
	}
	return configurationf("%s", text)
}

// carriedTags are the tags in the names of the axes that customers have.
func (r *run) carriedTags(ctx context.Context) ([]string, error) {
	source, err := r.customers()
	if err != nil {
		return nil, err
	}
	reader, err := source.Read(ctx, connector.CustomerQuery{IdentificationAxis: r.IdentificationAxis})
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	for reader.Next() {
	}
	return transform.Tags(reader.AxisNames()), reader.Err()
}

// connect logs in and checks that the login leads to the org of this source.
func (r *run) connect(ctx context.Context) error {
	org, err := salesforce.Connect(ctx, r.Salesforce, r.tokenStore())
	if err != nil {
		return err
	}
	r.org = org
	identity := org.Identity()
	r.Log.Info("connected to salesforce", "org", identity.OrganizationID, "user", identity.Username, "version", org.APIVersion())
	url := ""
	if r.usesAPI() {
		url = r.Fincome.WithDefaults().BaseURL
	}
	return r.state.pin(r.File, identity.OrganizationID, identity.UserID, url)
}

func (r *run) usesAPI() bool { return r.overAPI() || r.CustomersFile == "" }

// chooseProperties sorts the properties by what describe says of them and makes
// the axes.
func (r *run) chooseProperties(ctx context.Context) error {
	object, err := r.org.Describe(ctx, r.Object)
	if err != nil {
		return r.queryError(err, "the object "+r.Object+" cannot be described; check salesforce.object")
	}
	r.object = object
	names := r.propertyNames()
	if r.Key != connector.AccountID {
		names = append(names, r.Key)
	}
	if err := r.tryWhere(ctx); err != nil {
		return err
	}
	selection, err := object.Select(ctx, names)
	if err != nil {
		return err
	}
	if err := r.refuseProperties(selection); err != nil {
		return err
	}
	if r.properties, err = r.withName(ctx, selection.Usable); err != nil {
		return err
	}
	r.rules.KeyPrefix, r.rules.Key = object.KeyPrefix, r.Key
	if r.Key != connector.AccountID {
		r.rules.Key = find(selection.Usable, r.Key).Name
	}
	r.rules.Strict, r.rules.Trim, r.rules.Fold, r.rules.ClearOurs = r.Strict, r.Trim, r.Fold, r.ClearOurs
	r.rules.Zone = r.Zone
	r.rules.ClearUnknown, r.rules.Receiver = r.overAPI() && r.Clear == "unknown", r.receiver()
	for _, property := range r.Properties {
		r.rules.Axes = append(r.rules.Axes, r.axis(property, selection))
	}
	r.noteSelection(selection)
	r.noteRetired()
	return nil
}

// withName adds the name of the account where nobody asked for it and the object
// has one: for those who look at a snapshot, and to find the nearest account of a
// customer that has none.
func (r *run) withName(ctx context.Context, properties []connector.Property) ([]connector.Property, error) {
	if find(properties, connector.AccountName) != nil {
		return properties, nil
	}
	selection, err := r.object.Select(ctx, []string{connector.AccountName})
	if err != nil {
		return nil, err
	}
	return append(properties, selection.Usable...), nil
}

// queryError makes what Salesforce refuses to understand the fault of the file
// that it is; everything else stays as it is.
func (r *run) queryError(err error, text string) error {
	var refused *salesforce.Error
	if !errors.As(err, &refused) || refused.Temporary() || refused.Auth() {
		return err
	}
	switch refused.Code {
	case "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE", "INVALID_QUERY_FILTER_OPERATOR", "NOT_FOUND":
		return configurationf("%s: %s (%v)", r.File, text, err)
	}
	return err
}

func (p *Pipeline) propertyNames() []string {
	var names []string
	for _, property := range p.Properties {
		names = append(names, property.Names...)
	}
	return names
}

// refuseProperties turns what cannot work into configuration errors, all at
// once.
func (r *run) refuseProperties(selection salesforce.Selection) error {
	var problems []error
	for _, field := range selection.NotExtractable {
		text := fmt.Sprintf("%s: %s: %s", r.File, field.Name, field.Reason)
		if len(field.Components) > 0 {
			text += "; ask for " + strings.Join(field.Components, ", ") + " instead"
		}
		problems = append(problems, configurationf("%s", text))
	}
	for _, unknown := range selection.Unknown {
		isKey := strings.EqualFold(unknown.Name, r.Key)
		if isKey || r.FailUnknown && r.knownSpelling(unknown.Name) == "" {
			problems = append(problems, configurationf("%s: %s has no property %s%s", r.File, r.Object, unknown.Name, suggestion(unknown)))
		}
	}
	return errors.Join(problems...)
}

func suggestion(unknown salesforce.Unknown) string {
	if unknown.DidYouMean == "" {
		return " that the connected user can see"
	}
	return "; did you mean " + unknown.DidYouMean + "?"
}

func find(properties []connector.Property, name string) *connector.Property {
	for i := range properties {
		if strings.EqualFold(properties[i].Name, name) {
			return &properties[i]
		}
	}
	return nil
}

// knownSpelling is the name of a property that was usable in an earlier run,
// empty when none was called so.
func (r *run) knownSpelling(name string) string {
	for _, known := range r.state.Properties {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return ""
}

// axis makes the axis of an entry of the list. One lost property makes the axis
// lost; one that never was is unknown only when nothing else fills the axis.
func (r *run) axis(property Property, selection salesforce.Selection) transform.Axis {
	axis := transform.Axis{State: transform.Unknown, Merge: property.Merge, OnEdit: property.OnEdit, Nulls: property.Nulls, Typed: property.Typed}
	described := property.Names[0]
	lost := false
	for i, name := range property.Names {
		spelled := name
		if found := find(selection.Usable, name); found != nil {
			spelled = found.Name
			axis.State = transform.Usable
			axis.Properties = append(axis.Properties, transform.Source{Property: found.Name, Type: found.Type})
		} else if known := r.knownSpelling(name); known != "" {
			spelled, lost = known, true
			r.lost = remember(r.lost, known)
			axis.Properties = append(axis.Properties, transform.Source{Property: known})
		}
		if i == 0 {
			described = spelled
		}
	}
	if lost {
		axis.State = transform.Lost
	}
	if r.OverwriteEdits {
		axis.OnEdit = transform.OverwriteEdits
	}
	axis.Name = property.axisName(r.Naming, described)
	axis.Approved = slices.Contains(r.state.Approved, axis.Name)
	return axis
}

func (r *run) noteSelection(selection salesforce.Selection) {
	for _, correction := range selection.Corrected {
		r.note("%s is written %s in Salesforce", correction.Asked, correction.Name)
	}
	for _, unknown := range selection.Unknown {
		if r.knownSpelling(unknown.Name) == "" {
			r.noteUnknown(unknown)
		}
	}
}

// noteUnknown says what the axes hold that an unknown property was to fill: where
// others are written beside it (first_of), what these say.
func (r *run) noteUnknown(unknown salesforce.Unknown) {
	hint := strings.TrimSuffix(suggestion(unknown), " that the connected user can see")
	if r.result.Kind == kindExtract {
		r.note("%s does not exist or is not visible: the extract has no column of that name%s", unknown.Name, hint)
		return
	}
	for i, property := range r.Properties {
		if !slices.ContainsFunc(property.Names, func(name string) bool { return strings.EqualFold(name, unknown.Name) }) {
			continue
		}
		if r.rules.Axes[i].State == transform.Unknown {
			r.note("%s does not exist or is not visible: its axis holds %q%s", unknown.Name, transform.NoneText, hint)
		} else {
			r.note("%s does not exist or is not visible: %s is filled from the others%s", unknown.Name, r.rules.Axes[i].Name, hint)
		}
	}
}

// noteRetired lists the axes that were filled once and are not any more.
func (r *run) noteRetired() {
	for _, axis := range r.state.Axes {
		if !slices.ContainsFunc(r.rules.Axes, func(a transform.Axis) bool { return a.Name == axis }) {
			r.result.Retired = append(r.result.Retired, axis)
		}
	}
}

func (r *run) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if slices.Contains(r.result.Notes, text) {
		return
	}
	r.result.Notes = append(r.result.Notes, text)
	r.Log.Warn(text)
}
