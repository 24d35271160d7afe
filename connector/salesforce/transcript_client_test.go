package salesforce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/transcript"
)

// transcriptClient is the real client, driven by the words of a story.
type transcriptClient struct {
	t        *testing.T
	bindings *transcript.Bindings
	config   salesforce.Config
	store    *keptToken
	org      *salesforce.Org

	// What came of the last call.
	err         error
	description *salesforce.Description
	quota       salesforce.Quota
	count       int64
	columns     []string
	rows        []string // as JSON lists
}

// keptToken is a token store for one process.
type keptToken struct{ token *salesforce.Token }

func (k *keptToken) Lock(context.Context) (func(), error) { return func() {}, nil }
func (k *keptToken) Load() (*salesforce.Token, error)     { return k.token, nil }
func (k *keptToken) Save(token *salesforce.Token) error   { k.token = token; return nil }

func newTranscriptClient(t *testing.T, b *transcript.Bindings, url string) *transcriptClient {
	b.Set("instance_url", url)
	c := &transcriptClient{t: t, bindings: b, store: &keptToken{}, config: salesforce.Config{
		LoginURL: url, Flow: salesforce.FlowClientCredentials,
		ClientID: connector.NewSecret(b.Get("client_id")), ClientSecret: connector.NewSecret(b.Get("client_secret")),
		Attempts: 3, RetryPause: time.Millisecond, PollPause: time.Millisecond,
	}}
	t.Cleanup(func() {
		if c.org != nil {
			c.org.Close()
		}
	})
	return c
}

// Setup: the words that are state of the server mean nothing here.
func (c *transcriptClient) Setup(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "refresh": // token
		c.config.Flow = salesforce.FlowRefreshToken
		c.store.token = &salesforce.Token{RefreshToken: c.bindings.Get("refresh_token")}
	case "secret":
		c.config.ClientSecret = connector.NewSecret(rest)
	case "client":
		c.config.ClientID = connector.NewSecret(rest)
	case "accounts", "no", "pages", "complete", "slow", "merges", "chunk", "api", "datetime", "newest", "expire", "daily", "fault", "rotate", "revoke":
	default:
		return errors.New("not known")
	}
	return nil
}

func (c *transcriptClient) Call(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	ctx := context.Background()
	switch word {
	case "connect":
		c.org, c.err = salesforce.Connect(ctx, c.config, c.store)
	case "describe":
		c.description, c.err = c.org.Describe(ctx, rest)
	case "limits":
		c.quota, c.err = c.org.Quota(ctx)
	case "count":
		c.count, c.err = c.org.Count(ctx, rest, "")
	case "extract":
		c.err = c.extract(ctx, queryOf(rest))
	default:
		return errors.New("not known")
	}
	return nil
}

// queryOf reads "deleted", or a list of properties that begins with Id.
func queryOf(words string) salesforce.Query {
	query := salesforce.Query{Object: "Account", Deleted: words == "deleted"}
	for name := range strings.SplitSeq(words, ", ") {
		if name != connector.AccountID && !query.Deleted {
			query.Properties = append(query.Properties, connector.Property{Name: name, Type: "string"})
		}
	}
	return query
}

// extract reads all rows. That the job could not be deleted is no failure of
// the reading.
func (c *transcriptClient) extract(ctx context.Context, query salesforce.Query) error {
	c.rows, c.columns = nil, nil
	extraction, err := c.org.Extract(ctx, query, c.t.TempDir())
	if err != nil {
		return err
	}
	defer func() {
		if err := extraction.Close(ctx); err != nil {
			c.t.Logf("the job stays: %v", err)
		}
	}()
	reader := extraction.Reader()
	defer reader.Release()
	for _, field := range reader.Schema().Fields() {
		c.columns = append(c.columns, field.Name)
	}
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			c.rows = append(c.rows, rowOf(batch, i))
		}
	}
	return reader.Err()
}

func rowOf(batch arrow.RecordBatch, i int) string {
	var cells []any
	for _, column := range batch.Columns() {
		if column.IsNull(i) {
			cells = append(cells, nil)
			continue
		}
		cells = append(cells, column.(*array.String).Value(i))
	}
	row, _ := json.Marshal(cells) // texts and nulls
	return string(row)
}

func (c *transcriptClient) Check(claim string) error {
	word, rest, _ := strings.Cut(claim, " ")
	switch word {
	case "either":
		return c.either(strings.TrimSuffix(rest, " or error"))
	case "error", "status", "says", "hides":
		return c.checkError(word, rest)
	case "ok":
		return c.err
	}
	if c.err != nil {
		return c.err
	}
	return c.checkOutcome(word, rest)
}

// either is a claim about the outcome, or any error.
func (c *transcriptClient) either(claim string) error {
	if c.err != nil {
		return nil
	}
	return c.Check(claim)
}

func (c *transcriptClient) checkOutcome(word, rest string) error {
	switch word {
	case "version":
		return differ(c.org.APIVersion(), rest)
	case "refresh": // token
		return differ("token "+c.store.token.RefreshToken, rest)
	case "field":
		return c.checkField(rest)
	case "limit":
		return differ(fmt.Sprintf("DailyApiRequests %d %d", c.quota.Max-c.quota.Used, c.quota.Max), rest)
	case "count":
		return differ(strconv.FormatInt(c.count, 10), rest)
	case "rows":
		return differ(strconv.Itoa(len(c.rows)), rest)
	case "columns":
		return differ(strings.Join(c.columns, " "), rest)
	case "row":
		var cells []any
		if err := json.Unmarshal([]byte(rest), &cells); err != nil {
			return err
		}
		row, _ := json.Marshal(cells) // it was JSON
		if !slices.Contains(c.rows, string(row)) {
			return fmt.Errorf("the rows are %s", c.rows)
		}
		return nil
	}
	return errors.New("not known")
}

// checkField looks a field up as a person would: by asking for it.
func (c *transcriptClient) checkField(want string) error {
	name, kind, _ := strings.Cut(want, " ")
	selection, err := c.description.Select(context.Background(), []string{name})
	switch {
	case err != nil:
		return err
	case name == connector.AccountID && len(selection.Unknown) == 0:
		return nil // every batch has it
	case len(selection.NotExtractable) == 1:
		return differ("address", kind)
	case len(selection.Usable) != 1:
		return fmt.Errorf("it is not usable: %+v", selection)
	}
	return differ(selection.Usable[0].Type, kind)
}

func (c *transcriptClient) checkError(word, rest string) error {
	if c.err == nil {
		return errors.New("there was no error")
	}
	var behaviour interface{ Auth() bool }
	var answer *salesforce.Error
	is := true
	switch text := strings.Trim(rest, `"`); word {
	case "says":
		is = strings.Contains(c.err.Error(), text)
	case "hides":
		is = !strings.Contains(c.err.Error(), text)
	case "status":
		is = errors.As(c.err, &answer) && strconv.Itoa(answer.Status) == rest
	case "error":
		is = rest == "authentication" == (errors.As(c.err, &behaviour) && behaviour.Auth())
	}
	if !is {
		return fmt.Errorf("the error is: %w", c.err)
	}
	return nil
}

func differ(got, want string) error {
	if got != want {
		return fmt.Errorf("it is %q", got)
	}
	return nil
}
