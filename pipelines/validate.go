package pipelines

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // where the system has no time zones
	"unicode"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/transform"
)

// pipeline turns the document into a Pipeline and reports everything that is
// wrong with its values.
func (d document) pipeline(t *tree, path, folder string) (*Pipeline, error) {
	p := &Pipeline{
		File: path, valueFiles: t.valueFiles, Source: strings.TrimSpace(d.Source), State: located(folder, orText(d.State, "state")),
		Object: orText(d.Salesforce.Object, "Account"), Where: strings.TrimSpace(d.Salesforce.Where),
		Key: orText(d.Match.Key, connector.AccountID), IdentificationAxis: d.Fincome.IdentificationAxis,
		ClearOurs: d.Axes.Unmatched == "clear_ours", Strict: d.Match.Accept == "strict",
		Trim: d.Match.Trim, Fold: d.Match.FoldCase,
		Incremental: d.Salesforce.Mode == "incremental",
		FailUnknown: d.Salesforce.UnknownProperties == "fail",
		Update:      orText(d.Fincome.Update, "unknown"), Clear: orText(d.Fincome.Clear, "unknown"),
	}
	p.Slug = Slug(p.Source)
	if d.WorkDir != "" {
		p.WorkDir = inFolder(folder, d.WorkDir)
	}
	d.checkTop(t)
	d.checkChoices(t)
	d.login(t, p, folder)
	d.quota(t, p)
	d.checkWhere(t)
	d.fincome(t, p, folder)
	d.naming(t, p)
	d.properties(t, p)
	d.limits(t, p)
	d.sinks(t, p, folder)
	d.onFinish(t, p, folder)
	if err := t.result(); err != nil {
		return nil, err
	}
	return p, p.placeWork()
}

func (d document) checkTop(t *tree) {
	if d.Version != 1 {
		t.problem("version", "version is missing or not 1", "write: version: 1")
	}
	for path, value := range map[string]string{"source": d.Source, "fincome.identification_axis": d.Fincome.IdentificationAxis} {
		if strings.TrimSpace(value) == "" {
			t.problem(path, path+" is missing", "")
		}
	}
	if strings.ContainsFunc(d.Source, unicode.IsControl) {
		t.problem("source", fmt.Sprintf("the source name %q holds a control character", d.Source), "")
	}
	if err := storage.CheckFolder(d.WorkDir); err != nil {
		t.problem("work_dir", "work_dir: "+err.Error(), "write a path, relative to this file")
	}
	if storage.CheckFolder(d.Fincome.Customers.File) != nil {
		t.problem("fincome.customers.file", "fincome.customers.file is a file", "write a path, relative to this file")
	}
	if err := storage.Check(d.State); err != nil {
		t.problem("state", "the state cannot be kept there: "+err.Error(), "write a folder, or s3://BUCKET/PREFIX")
	}
}

// checkChoices holds every key with a fixed set of values against it.
func (d document) checkChoices(t *tree) {
	for path, k := range keys {
		if node := t.at(path); node != nil && k.choices != nil {
			t.choice(path, node.Value, k.choices)
		}
	}
	if (d.Match.Trim || d.Match.FoldCase) && orText(d.Match.Key, connector.AccountID) == connector.AccountID {
		t.problem("match", "match.trim and match.fold_case are for another key than the Record ID", "leave them out: blanks around an id, and folded case, are repaired as it is (match.accept)")
	}
	if d.Fincome.Clear == "remove_key" && d.Fincome.Update != "replace" && !t.isSpoiled("fincome.update") {
		text := "a key can be removed only under update: replace"
		if d.Fincome.Update == "merge" {
			text = "a merging update cannot remove a key"
		}
		t.problem("fincome.clear", text, "choose json_null or empty_text")
	}
}

func (t *tree) choice(path, value string, known []string) {
	if value == "" {
		return
	}
	for _, name := range known {
		if value == name {
			return
		}
	}
	hint := "choose " + strings.Join(known, ", ")
	if near := Nearest(value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	t.problem(path, fmt.Sprintf("%s does not take %q", path, value), hint)
	t.spoil(path)
}

func (d document) quota(t *tree, p *Pipeline) {
	p.Reserve = defaultReserve
	text := d.Salesforce.Quota.Reserve
	if text == "" {
		return
	}
	var understood bool
	if p.Reserve, understood = parseReserve(text); !understood {
		t.problem("salesforce.quota.reserve", fmt.Sprintf("salesforce.quota.reserve takes a share below 100%%, such as 10%%, or a number of calls, not %q", text), "")
	}
}

func (d document) fincome(t *tree, p *Pipeline, folder string) {
	f := d.Fincome
	p.Fincome = fincome.Config{
		BaseURL: f.BaseURL, APIKey: connector.NewSecret(f.APIKey), AuthHeader: f.AuthHeader, ClientPath: f.ClientPath, UpdateVerb: f.UpdateVerb,
	}
	if f.AuthScheme != nil {
		p.Fincome.AuthScheme = *f.AuthScheme
	}
	if api := f.Customers.API; api != nil {
		p.Fincome.List = fincome.List{Path: api.Path, LimitName: api.LimitParam, Limit: api.Limit, After: api.CursorParam, DataKey: api.DataKey, NextKey: api.CursorKey, Offset: api.Paging == "offset", Bare: api.BareList}
	}
	hasAPI := child(t.at("fincome.customers"), "api") != nil // `api:` alone means its defaults
	switch {
	case f.Customers.File != "" && hasAPI:
		t.problem("fincome.customers", "fincome.customers names both a file and the api", "choose one")
	case f.Customers.File != "":
		f.Customers.file(t, p, folder)
	case !hasAPI && !t.isMarred("fincome.customers"):
		t.problem("fincome.customers", "fincome.customers is missing", "write file: customers.csv, an export of Fincome's export centre, or api: {}")
	}
	if f.APIKey == "" && (hasAPI || d.delivers()) {
		t.problem("fincome.api_key", "fincome.api_key is missing", "write: api_key: ${env:FINCOME_API_KEY}")
	} else if f.APIKey == "" {
		return // a file in, snapshots out: Fincome is not contacted
	}
	if f.APIKey == "" {
		t.spoil("fincome.api_key") // it is told
	}
	if err := p.Fincome.Validate(); err != nil && !t.offline {
		for _, line := range strings.Split(err.Error(), "\n") {
			key, _, _ := strings.Cut(line, " ")
			t.problem("fincome."+key, "fincome."+line, "")
		}
	}
}

func (d document) naming(t *tree, p *Pipeline) {
	p.Naming = transform.Naming{Tag: d.Axes.Tag, Bare: d.Axes.Bare}
	if d.Axes.Prefix != nil {
		p.Naming.Prefix = *d.Axes.Prefix
		if strings.TrimSpace(p.Naming.Prefix) == "" {
			t.problem("axes.prefix", "axes.prefix is empty",
				fmt.Sprintf("leave it out for Salesforce_%s_Industry, or say \"bare: true\" for Industry", orText(d.Axes.Tag, "726564")))
		}
	}
	if zone := d.Axes.TimeZone; zone != "" && zone != "UTC" {
		var err error
		if p.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			t.problem("axes.time_zone", fmt.Sprintf("axes.time_zone %q is no time zone", zone), "write a name such as Europe/Paris; leave it out for UTC")
		}
	}
	if err := p.Naming.Validate(); err != nil && !t.namingUnknown() {
		t.problem("axes.tag", err.Error(), "")
	}
}

// shareForm is a share as people write it: what else Go takes for a number, such as
// NaN, would switch a guard off.
var shareForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?%$`)

func (d document) limits(t *tree, p *Pipeline) {
	p.Limits = transform.DefaultLimits()
	for _, limit := range []struct {
		path, text string
		into       *float64
	}{
		{"guards.rows_fell", d.Guards.RowsFell, &p.Limits.RowsFell},
		{"guards.match_rate_fell", d.Guards.MatchRateFell, &p.Limits.MatchRateFell},
		{"guards.match_rate_floor", d.Guards.MatchRateFloor, &p.Limits.MatchRateFloor},
		{"guards.nulls_rose", d.Guards.NullsRose, &p.Limits.NullsRose},
		{"guards.contested", d.Guards.Contested, &p.Limits.Contested},
		{"guards.cells", d.Guards.Cells, &p.Limits.CellsTouched},
	} {
		if limit.text == "" {
			continue
		}
		share := shareForm.FindStringSubmatch(strings.TrimSpace(limit.text))
		if share == nil {
			share = []string{"", "nothing"}
		}
		value, err := strconv.ParseFloat(share[1], 64)
		if err != nil || value > 100 {
			t.problem(limit.path, fmt.Sprintf("%s takes a share such as 20%%, not %q", limit.path, limit.text), "")
			continue
		}
		*limit.into = value / 100
	}
	if least := d.Guards.CellsAtLeast; least != nil {
		if *least < 0 {
			t.problem("guards.cells_at_least", "guards.cells_at_least cannot be negative", "")
		}
		p.Limits.CellsAtLeast = *least
	}
}

// inFolder makes a path of the file absolute.
func inFolder(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// CheckFolder says why a path cannot be a folder of this machine, nil where it can.
func CheckFolder(path string) error { return storage.CheckFolder(path) }

// located is inFolder for what may be in a bucket.
func located(folder, location string) string {
	if storage.IsBucket(location) {
		return location
	}
	return inFolder(folder, location)
}

func orText(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}

// Slug is the name of a source as a folder: what can be kept of it, and six
// digits that make it its own.
func Slug(source string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(source) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	sum := sha256.Sum256([]byte(source))
	return strings.TrimSuffix(b.String(), "-") + "-" + hex.EncodeToString(sum[:3])
}
