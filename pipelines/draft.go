package pipelines

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/transform"
)

// Draft is what a new pipeline file is to say, as far as that is known. Secrets are
// places: ${env:NAME} or ${file:path}.
type Draft struct {
	File   string // where it is to stand
	Source string
	State  string

	Flow         string
	LoginURL     string
	ClientID     string
	ClientSecret string
	RedirectURL  string // authorization_code
	Username     string // jwt_bearer
	PrivateKey   string // jwt_bearer
	RefreshToken string // refresh_token
	Properties   []string

	FincomeURL         string // empty: the usual one
	APIKey             string
	CustomersFile      string // empty: the API lists them
	IdentificationAxis string
	Key                string // empty: the Record ID
	Naming             transform.Naming

	Snapshots string
	Keep      string
}

//go:embed draft.tmpl
var draftText string

var draftTemplate = template.Must(template.New("draft").Funcs(template.FuncMap{"text": yamlText, "base": filepath.Base}).Parse(draftText))

// YAML is the file, commented for the person who keeps it.
func (d Draft) YAML() []byte {
	var b bytes.Buffer
	values := struct {
		Draft
		Schema            string
		Person, ByKey, ID bool
	}{d, SchemaName, d.Flow == salesforce.FlowAuthorizationCode, d.Flow == salesforce.FlowJWTBearer, d.Key == "" || d.Key == connector.AccountID}
	if err := draftTemplate.Execute(&b, values); err != nil {
		panic(err) // a buffer takes everything, and the template knows the fields
	}
	return b.Bytes()
}

// yamlText is a text as it can stand behind a key or a dash: plain where it reads as
// what it is, quoted otherwise.
func yamlText(text string) string {
	var node yaml.Node
	if err := yaml.Load([]byte("- "+text+"\n"), &node); err == nil && len(node.Content) == 1 && len(node.Content[0].Content) == 1 {
		item := node.Content[0].Content[0]
		if item.Kind == yaml.ScalarNode && item.ShortTag() == "!!str" && item.Value == text && item.Style == 0 && !strings.Contains(text, ": ") {
			return text
		}
	}
	return strconv.Quote(text) // whose escapes are YAML's
}

// ForSalesforce is what the file would be read as, as far as accounts are concerned:
// nothing of Fincome is looked up.
func (d Draft) ForSalesforce() (*Pipeline, error) {
	d.APIKey, d.CustomersFile, d.FincomeURL = "", "", ""
	return loadContent(d.File, d.filled().YAML(), false)
}

// filled is the draft with something in the place of everything that a file needs, so
// that what is known can be tried before the rest is: the login before the properties,
// say.
func (d Draft) filled() Draft {
	fill := func(text *string, with string) {
		if *text == "" {
			*text = with
		}
	}
	fill(&d.Source, "source")
	fill(&d.IdentificationAxis, "Salesforce ID")
	if len(d.Properties) == 0 {
		d.Properties = []string{connector.AccountName}
	}
	return d
}

// ForCustomers is what the file would be read as, as far as customers are concerned:
// nothing of Salesforce is looked up.
func (d Draft) ForCustomers() (*Pipeline, error) {
	p, err := loadContent(d.File, d.filled().YAML(), true)
	if err != nil {
		return nil, err
	}
	p.Salesforce, p.Fincome = salesforce.Config{}, fincome.Config{BaseURL: d.FincomeURL}
	if d.APIKey == "" {
		return p, nil
	}
	key, err := d.lookUp(d.APIKey)
	if err != nil {
		return nil, err
	}
	if p.Fincome.APIKey = connector.NewSecret(key); p.Fincome.Validate() != nil {
		return nil, configurationf("fincome: %v", p.Fincome.Validate())
	}
	return p, nil
}

// Write puts the file in its place, whole or not at all, and its schema beside it. A
// file that is there is replaced only by force; that there is one is os.ErrExist. A
// file that Load would refuse is not written.
func (d Draft) Write(force bool) (err error) {
	defer func() { err = d.barred(err) }()
	content := d.YAML()
	if _, err := loadContent(d.File, content, true); err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(filepath.Dir(d.File), SchemaName), Schema()); err != nil {
		return fmt.Errorf("the schema cannot be written: %w", err)
	}
	return place0600(d.File, content, force)
}

// place0600 writes a file that only its owner reads, not over another one unless by
// force.
func place0600(path string, content []byte, force bool) error {
	file, err := durable.Pending(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if force {
		return file.Replace()
	}
	return file.Create()
}

// KeepSecret writes a secret to a file of its own in the folder secrets beside the
// pipeline file, which git does not see, and gives the place as the pipeline file says
// it. A file that is there with another is replaced only by force; that there is one is os.ErrExist.
func (d Draft) KeepSecret(name, secret string, force bool) (place string, err error) {
	defer func() { err = d.barred(err) }()
	folder := filepath.Join(filepath.Dir(d.File), "secrets")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	if err := place0600(filepath.Join(folder, ".gitignore"), []byte("*\n"), false); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	stem := strings.TrimSuffix(filepath.Base(d.File), filepath.Ext(d.File))
	file := filepath.Join(folder, stem+"."+name)
	place, content := "${file:secrets/"+stem+"."+name+"}", []byte(secret+"\n")
	if there, err := readFile(file); err == nil && bytes.Equal(there, content) {
		return place, nil
	}
	return place, place0600(file, content, force)
}

// Secret proves that a place holds a secret. It is not told.
func (d Draft) Secret(place string) error {
	_, err := d.lookUp(place)
	return err
}

func (d Draft) lookUp(place string) (string, error) {
	parts := reference.FindStringSubmatch(place)
	if parts == nil || parts[0] != place {
		return "", configurationf("a secret never stands in the file: say where it is, ${env:NAME} or ${file:PATH}")
	}
	name := parts[2]
	if parts[1] == "file" {
		name = inFolder(filepath.Dir(d.File), name)
	}
	text, err := lookUp(parts[1], name)
	if err == nil && text == "" {
		err = fmt.Errorf("%s is empty", name)
	}
	if err != nil {
		return "", configurationf("%v", err)
	}
	return text, nil
}

// NewTag proposes a tag for the axes of a new source.
func NewTag() string { return newTag() }
