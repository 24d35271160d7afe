package fincome_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/connector/transcript"
)

const (
	stories        = "../../testdata/transcripts/fincome"
	transcriptAuth = "X-API-Key" // of the stories that do not say otherwise
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	loaded, err := transcript.Load(stories)
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range loaded {
		if story.Client {
			t.Run("client/"+story.Name, func(t *testing.T) {
				t.Parallel()
				story.PlayClient(t, newTranscriptClient)
			})
		}
		if story.Simulator {
			t.Run("simulator/"+story.Name, func(t *testing.T) {
				t.Parallel()
				story.PlaySimulator(t, newTranscriptSimulator)
			})
		}
	}
}

// transcriptClient is the real client, driven by the words of a story.
type transcriptClient struct {
	config fincome.Config

	err      error
	customer *fincome.Customer
	listed   string
	took     time.Duration
}

func newTranscriptClient(b *transcript.Bindings, url string) transcript.Client {
	return &transcriptClient{config: fincome.Config{
		BaseURL: url + "/product", APIKey: connector.NewSecret(b.Get("api_key")), AuthHeader: transcriptAuth,
		Retry: fincome.Retry{Tries: 3, Initial: time.Millisecond},
	}}
}

// Setup: the words that are state of the server mean nothing here.
func (c *transcriptClient) Setup(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "auth":
		c.config.AuthHeader, c.config.AuthScheme, _ = strings.Cut(rest, " ")
	case "api": // key
		c.config.APIKey = connector.NewSecret(strings.TrimPrefix(rest, "key "))
	case "path":
		c.config.ClientPath = rest
	case "method":
		c.config.UpdateVerb = rest
	case "page": // size
		c.config.List.Limit, _ = strconv.Atoi(strings.TrimPrefix(rest, "size "))
	case "customer", "no", "update", "clear", "delay", "rate", "fault":
	default:
		return errors.New("not known")
	}
	return nil
}

func (c *transcriptClient) Call(line string) error {
	client, err := fincome.New(c.config, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	begun := time.Now()
	defer func() { c.took = time.Since(begun) }()
	c.err, c.customer = nil, nil
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "retrieve":
		var found fincome.Customer
		found, c.err = client.Retrieve(context.Background(), rest)
		c.customer = &found
	case "update":
		id, body, _ := strings.Cut(rest, " ")
		var properties map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &properties); err != nil {
			return err
		}
		_, c.err = client.Update(context.Background(), id, properties)
	case "list":
		c.listed, c.err = listAxis(client, rest)
	default:
		return errors.New("not known")
	}
	return nil
}

// listAxis writes every customer listed and its axis as "ID=VALUE".
func listAxis(client *fincome.Client, axis string) (string, error) {
	reader, err := fincome.API{Client: client}.Read(context.Background(), connector.CustomerQuery{Axes: []string{axis}})
	if err != nil {
		return "", err
	}
	defer reader.Release()
	var listed []string
	for reader.Next() {
		batch := reader.RecordBatch()
		ids := batch.Column(0).(*array.String)
		values := batch.Column(3).(*array.String)
		for i := range int(batch.NumRows()) {
			listed = append(listed, ids.Value(i)+"="+values.Value(i))
		}
	}
	return strings.Join(listed, " "), reader.Err()
}

func (c *transcriptClient) Check(claim string) error {
	word, rest, _ := strings.Cut(claim, " ")
	switch word {
	case "either": // ok or error: it is enough to have come to an end
		return nil
	case "ok":
		return c.err
	case "listed":
		return differ(c.listed, rest)
	case "customer":
		return c.checkCustomer(rest)
	case "waited":
		least, err := time.ParseDuration(rest)
		if err == nil && c.took < least {
			return fmt.Errorf("it took %s only", c.took)
		}
		return err
	}
	return c.checkError(word, rest)
}

// checkCustomer compares id and properties, the values byte for byte but for
// blanks between them.
func (c *transcriptClient) checkCustomer(want string) error {
	var stated struct {
		ID         string                     `json:"id"`
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	if err := json.Unmarshal([]byte(want), &stated); err != nil {
		return err
	}
	text := func(id string, properties map[string]json.RawMessage) string {
		body, _ := json.Marshal(properties) // values are valid and are compacted
		return id + " " + string(body)
	}
	return differ(text(c.customer.ID, c.customer.Properties), text(stated.ID, stated.Properties))
}

func (c *transcriptClient) checkError(word, rest string) error {
	if c.err == nil {
		return errors.New("there was no error")
	}
	var failed *fincome.Error
	if !errors.As(c.err, &failed) {
		failed = &fincome.Error{}
	}
	switch word {
	case "status":
		return differ(strconv.Itoa(failed.Status), rest)
	case "says", "hides":
		text := strings.Trim(rest, `"`)
		if strings.Contains(c.err.Error(), text) != (word == "says") {
			return fmt.Errorf("the error is: %w", c.err)
		}
		return nil
	case "error":
		is := map[string]bool{
			"": true, "authentication": failed.Auth() && !failed.Refused() && !failed.Temporary(),
			"not found": failed.Status == http.StatusNotFound && failed.Refused(),
			"rejected":  failed.Refused() && !failed.Temporary() && !failed.Auth(),
		}
		if !is[rest] {
			return fmt.Errorf("the error is: %w", c.err)
		}
		return nil
	}
	return errors.New("not known")
}

func differ(got, want string) error {
	if got != want {
		return fmt.Errorf("it is %q", got)
	}
	return nil
}

// transcriptSimulator is the real simulator in the state that a story asks for.
type transcriptSimulator struct {
	*simulator.Server
	broken  atomic.Bool // the next request fails
	seconds atomic.Int64
	header  string
	key     string
}

func newTranscriptSimulator(b *transcript.Bindings, setup []string) transcript.Simulator {
	s := &transcriptSimulator{header: transcriptAuth, key: b.Get("api_key")}
	b.Set("api_key", s.key)
	start := time.Now()
	config := simulator.Config{
		APIKey: s.key, AuthHeader: transcriptAuth, Fault: s.fault,
		Clock: func() time.Time { return start.Add(time.Duration(s.seconds.Load()) * time.Second) },
	}
	for _, line := range setup {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "auth":
			config.AuthHeader, config.AuthScheme, _ = strings.Cut(rest, " ")
		case "customer":
			config.Extra = append(config.Extra, extraCustomer(rest))
		case "update":
			config.Update = map[string]simulator.Update{"merge": simulator.Merge, "replace": simulator.Replace}[rest]
		case "clear":
			config.Clear = map[string]simulator.Clear{
				"json_null": simulator.JSONNull, "empty_text": simulator.EmptyText, "remove_key": simulator.RemoveKey,
			}[rest]
		case "delay":
			config.Delay.UntilSettle = true
		case "rate":
			config.Limit = simulator.Limit{PerSecond: 1, Burst: 1}
		}
	}
	s.Server = simulator.New(config)
	return s
}

func extraCustomer(line string) simulator.Customer {
	var stated struct {
		ID, Name, Email, Country string
		Code                     string                     `json:"zip_code"`
		Properties               map[string]json.RawMessage `json:"custom_properties"`
	}
	if err := json.Unmarshal([]byte(line), &stated); err != nil {
		panic(fmt.Sprintf("customer %s: %v", line, err))
	}
	return simulator.Customer{
		ID: stated.ID, Name: stated.Name, Email: stated.Email, Country: stated.Country, Code: stated.Code, Properties: stated.Properties,
	}
}

func (s *transcriptSimulator) fault(*http.Request) *simulator.Fault {
	if !s.broken.CompareAndSwap(true, false) {
		return nil
	}
	return &simulator.Fault{
		Status: http.StatusServiceUnavailable, Body: "<html><body>maintenance</body></html>", Header: http.Header{"Content-Type": {"text/html"}},
	}
}

// Do brings about what is not a switch of the configuration.
func (s *transcriptSimulator) Do(line string) error {
	switch line {
	case "fault 503 html":
		s.broken.Store(true)
	case "delay over":
		s.Settle()
	case "rate limit": // the one request of this second
		r, err := http.NewRequest(http.MethodGet, "http://simulator/product/clients/nobody", http.NoBody)
		if err != nil {
			return err
		}
		r.Header.Set(s.header, s.key)
		s.ServeHTTP(&discarded{header: http.Header{}}, r)
	case "rate limit over":
		s.seconds.Add(1)
	default:
		switch word, _, _ := strings.Cut(line, " "); word {
		case "auth", "api", "page", "customer", "no", "update", "clear", "delay": // it began with that
		default:
			return errors.New("not known")
		}
	}
	return nil
}

// discarded is an answer that nobody reads.
type discarded struct {
	bytes.Buffer
	header http.Header
}

func (d *discarded) Header() http.Header { return d.header }
func (d *discarded) WriteHeader(int)     {}
