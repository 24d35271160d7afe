package pipelines

import "go.yaml.in/yaml/v4"

// document is a pipeline file as it is written: the struct is the schema, an
// unknown key is an error. What the keys mean stands in design.md section 9 and
// in the README.
type document struct {
	Version    int             `yaml:"version"`
	Source     string          `yaml:"source"`
	State      string          `yaml:"state"`
	WorkDir    string          `yaml:"work_dir"`
	Salesforce salesforceBlock `yaml:"salesforce"`
	Fincome    fincomeBlock    `yaml:"fincome"`
	Match      matchBlock      `yaml:"match"`
	Axes       axesBlock       `yaml:"axes"`
	Guards     guardsBlock     `yaml:"guards"`
	Sinks      []sinkBlock     `yaml:"sinks"`
	OnFinish   onFinishBlock   `yaml:"on_finish"`
}

type salesforceBlock struct {
	LoginURL          string     `yaml:"login_url"`
	Auth              authBlock  `yaml:"auth"`
	Object            string     `yaml:"object"`
	Properties        yaml.Node  `yaml:"properties"` // a comma-separated text, or a list of propertyBlock
	Where             string     `yaml:"where"`
	UnknownProperties string     `yaml:"unknown_properties"`
	Mode              string     `yaml:"mode"`
	Quota             quotaBlock `yaml:"quota"`
}

type quotaBlock struct {
	Reserve string `yaml:"reserve"` // a share such as 10%, or a number of calls
}

type authBlock struct {
	Flow         string `yaml:"flow"`
	ClientID     string `yaml:"secret_salesforce_client_id"`
	ClientSecret string `yaml:"secret_salesforce_client_secret"`
	RefreshToken string `yaml:"secret_salesforce_refresh_token"`
	RedirectURL  string `yaml:"redirect_url"`
	Username     string `yaml:"username"`
	PrivateKey   string `yaml:"secret_salesforce_private_key"`
	Audience     string `yaml:"audience"`
	TokenStore   string `yaml:"token_store"`
}

type propertyBlock struct {
	Property string   `yaml:"property"`
	FirstOf  []string `yaml:"first_of"`
	Axis     string   `yaml:"axis"`
	Merge    string   `yaml:"merge"`
	OnEdit   string   `yaml:"on_edit"`
	Nulls    string   `yaml:"nulls"`
	Values   string   `yaml:"values"`
}

type fincomeBlock struct {
	BaseURL            string         `yaml:"base_url"`
	APIKey             string         `yaml:"api_key"`
	AuthHeader         string         `yaml:"auth_header"`
	AuthScheme         *string        `yaml:"auth_scheme"` // an empty one sends the key alone
	ClientPath         string         `yaml:"client_path"`
	UpdateVerb         string         `yaml:"update_verb"`
	Customers          customersBlock `yaml:"customers"`
	IdentificationAxis string         `yaml:"identification_axis"`
	Update             string         `yaml:"update"`
	Clear              string         `yaml:"clear"`
}

type customersBlock struct {
	File     string            `yaml:"file"`
	IDColumn string            `yaml:"id_column"`
	Columns  map[string]string `yaml:"columns"` // axis: the header of its column, where that is another
	Sheet    string            `yaml:"sheet"`
	MaxAge   string            `yaml:"max_age"` // such as 35d
	API      *apiBlock         `yaml:"api"`
}

type apiBlock struct {
	Path        string `yaml:"path"`
	LimitParam  string `yaml:"limit_param"`
	Limit       int    `yaml:"limit"`
	CursorParam string `yaml:"cursor_param"`
	DataKey     string `yaml:"data_key"`
	CursorKey   string `yaml:"cursor_key"`
	Paging      string `yaml:"paging"` // cursor or offset
	BareList    bool   `yaml:"bare_list"`
}

type matchBlock struct {
	Key      string `yaml:"key"`
	Accept   string `yaml:"accept"`
	Trim     bool   `yaml:"trim"`
	FoldCase bool   `yaml:"fold_case"`
}

type axesBlock struct {
	Tag       string  `yaml:"tag"`
	Prefix    *string `yaml:"prefix"`
	Bare      bool    `yaml:"bare"`
	Merge     string  `yaml:"merge"`
	OnEdit    string  `yaml:"on_edit"`
	Nulls     string  `yaml:"nulls"`
	Unmatched string  `yaml:"unmatched"`
	Values    string  `yaml:"values"`
	TimeZone  string  `yaml:"time_zone"`
}

type guardsBlock struct {
	RowsFell       string `yaml:"rows_fell"`
	MatchRateFell  string `yaml:"match_rate_fell"`
	MatchRateFloor string `yaml:"match_rate_floor"`
	NullsRose      string `yaml:"nulls_rose"`
	Contested      string `yaml:"contested"`
	Cells          string `yaml:"cells"`
	CellsAtLeast   *int64 `yaml:"cells_at_least"`
}

type sinkBlock struct {
	Parquet *parquetBlock `yaml:"parquet"`
	Fincome *struct{}     `yaml:"fincome"`
	File    *fileBlock    `yaml:"file"`
	Exec    *execBlock    `yaml:"exec"`
}

type fileBlock struct {
	Path     string `yaml:"path"`
	Format   string `yaml:"format"` // csv or xlsx
	Rows     *int   `yaml:"rows"`
	IDColumn string `yaml:"id_column"`
	OneAxis  bool   `yaml:"one_axis"`
}

type execBlock struct {
	Name    string   `yaml:"name"`
	Command []string `yaml:"command"`
	Timeout string   `yaml:"timeout"` // such as 10m
}

type onFinishBlock struct {
	Command []string `yaml:"command"`
	Webhook string   `yaml:"webhook"`
	Timeout string   `yaml:"timeout"` // such as 30s
}

type parquetBlock struct {
	Path string `yaml:"path"`
	Keep string `yaml:"keep"`
}
