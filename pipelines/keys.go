package pipelines

import "github.com/axisync/axisync/connector/salesforce"

// key is what there is to know of a key of the pipeline file besides its type: the
// file is checked by it, and the schema and the documentation say it.
type key struct {
	about    string
	choices  []string // all values it takes
	standard string   // what counts where it is left out
	form     string   // a regular expression of the texts it takes
	example  string
	required bool
	number   bool // it is a text that may be written as a number
}

// The forms of texts.
const (
	shareText    = `[0-9]+(\.[0-9]+)? ?%`
	daysText     = `[0-9]{1,4} ?(d|days?)`
	tagText      = `[0-9A-Za-z]{6}`
	nameText     = `[a-z0-9][a-z0-9-]{0,39}`
	reserveText  = `[0-9]+(\.[0-9]+)? ?%|[0-9]+`
	keepText     = `\s*[1-9][0-9]* +(last|daily|weekly|monthly|yearly)( +[1-9][0-9]* +(last|daily|weekly|monthly|yearly))*\s*`
	durationText = `([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+`
)

var (
	mergePolicies = []string{"overwrite", "fill_empty", "refuse"}
	editPolicies  = []string{"report", "overwrite"}
	valuePolicies = []string{"text", "typed"}
	nullPolicies  = []string{"clear", "keep", "none_text", "empty"}
)

// keys are all keys of the file, by their path; [] is an entry of a list. A test
// holds them against the structs of the file.
var keys = map[string]key{
	"version": {about: "The version of this format.", required: true},
	"source":  {about: "A unique name of the source. What the source remembers hangs on it: never change it.", required: true, example: "Salesforce - Accounts"},
	"state":   {about: "Where what the source remembers from day to day is kept: a folder, relative to this file, or the URL of a bucket, such as s3://bucket/prefix.", standard: "state"},
	"work_dir": {about: "A folder of this machine for what is needed on disk only for a time: the result pages until the snapshot is there, and the working copy of a state in a bucket. " +
		"Left out: in the state, or in the user's cache where the state is in a bucket."},

	"salesforce":           {about: "Where the accounts come from.", required: true},
	"salesforce.login_url": {about: "Where Salesforce is logged into: the My Domain of the org (Setup > My Domain), https://login.salesforce.com, or https://test.salesforce.com for a sandbox. Client credentials need the My Domain.", standard: "https://login.salesforce.com", example: "https://your-domain.my.salesforce.com"},
	"salesforce.auth":      {about: "How axisync logs in.", required: true},
	"salesforce.auth.flow": {about: "authorization_code: a person logs in once (axisync auth login). client_credentials: the app's own user, nobody logs in. jwt_bearer: a certificate of the app. refresh_token: a token that you have.", choices: salesforce.Flows(), standard: salesforce.FlowAuthorizationCode},
	"salesforce.auth.secret_salesforce_client_id":     {about: "Where the Consumer Key of the External Client App is: ${env:NAME} or ${file:path}.", required: true, example: "${env:SALESFORCE_CLIENT_ID}"},
	"salesforce.auth.secret_salesforce_client_secret": {about: "Where the Consumer Secret of the External Client App is: ${env:NAME} or ${file:path}. Every flow but jwt_bearer needs it.", example: "${env:SALESFORCE_CLIENT_SECRET}"},
	"salesforce.auth.secret_salesforce_refresh_token": {about: "Where the first refresh token is, under the flow refresh_token: ${env:NAME} or ${file:path}. The newest one is kept in the token store.", example: "${file:refresh_token}"},
	"salesforce.auth.secret_salesforce_private_key":   {about: "Where the private key of the app's certificate is, under the flow jwt_bearer: ${env:NAME} or ${file:path}.", example: "${file:server.key}"},
	"salesforce.auth.redirect_url":                    {about: "The callback URL of the app, to the letter, under the flow authorization_code.", example: "http://localhost:8765/callback"},
	"salesforce.auth.username":                        {about: "The user to act for, under the flow jwt_bearer.", example: "ops@example.com"},
	"salesforce.auth.audience":                        {about: "The audience of the assertion, under the flow jwt_bearer. Left out: it follows from the login URL."},
	"salesforce.auth.token_store":                     {about: "The file in which the token is kept. Left out: in the state."},
	"salesforce.object":                               {about: "The object that is read.", standard: "Account"},
	"salesforce.properties":                           {about: "The API names of the properties, as a comma-separated text or as a list: Setup > Object Manager > Account > Fields & Relationships, column Field Name. Over a relationship: Owner.Name. axisync fields lists them.", required: true, example: "Industry, Phone, BillingCity"},
	"salesforce.properties[]":                         {about: "The API name of a property, or a property with rules of its own."},
	"salesforce.properties[].property":                {about: "The API name of the property.", example: "Segment__c"},
	"salesforce.properties[].first_of":                {about: "The API names of several properties, the first of which that is not empty fills the axis."},
	"salesforce.properties[].axis":                    {about: "The name of the axis, whatever axes says."},
	"salesforce.properties[].merge":                   {about: "axes.merge for this property.", choices: mergePolicies},
	"salesforce.properties[].on_edit":                 {about: "axes.on_edit for this property.", choices: editPolicies},
	"salesforce.properties[].nulls":                   {about: "axes.nulls for this property.", choices: nullPolicies},
	"salesforce.properties[].values":                  {about: "axes.values for this property.", choices: valuePolicies},
	"salesforce.where":                                {about: "Only some accounts: a condition in SOQL.", example: "Type = 'Customer'"},
	"salesforce.unknown_properties":                   {about: "What becomes of a property that does not exist: none_text fills its axis with the text None, as Fincome's own connector does; fail makes it an error.", choices: []string{"none_text", "fail"}, standard: "none_text"},
	"salesforce.mode":                                 {about: "full reads all accounts every time; incremental what has changed, and all once a week.", choices: []string{"full", "incremental"}, standard: "full"},
	"salesforce.quota":                                {about: "What a run leaves of the org's API requests."},
	"salesforce.quota.reserve":                        {about: "A share of the day's requests, or a number, that a run leaves for others: it stops before it would take them.", form: reserveText, standard: "5%", number: true},

	"fincome":                            {about: "Whose axes are filled.", required: true},
	"fincome.base_url":                   {about: "The address of Fincome's API.", standard: "https://api2.fincome.co/product"},
	"fincome.api_key":                    {about: "Where the API key is: ${env:NAME} or ${file:path}. It is made in Fincome under Settings > Developers.", example: "${env:FINCOME_API_KEY}"},
	"fincome.auth_header":                {about: "The header that carries the key.", standard: "Authorization"},
	"fincome.auth_scheme":                {about: "What precedes the key in its header; an empty one sends the key alone. Left out: Bearer in the header Authorization, nothing in another."},
	"fincome.client_path":                {about: "The path of a customer.", standard: "/clients/{id}"},
	"fincome.update_verb":                {about: "How a customer is updated.", choices: []string{"PATCH", "PUT", "POST"}, standard: "PATCH"},
	"fincome.customers":                  {about: "Where the customers are read: exactly one of file and api.", required: true},
	"fincome.customers.file":             {about: "The customers with their axes as Fincome's export centre gives them: CSV or XLSX, relative to this file.", example: "customers.csv"},
	"fincome.customers.id_column":        {about: "The header of the column with the customer's id. Left out: the usual names are tried."},
	"fincome.customers.columns":          {about: "The header of the column of an axis, by the axis, where that is another than its name."},
	"fincome.customers.sheet":            {about: "The sheet of a workbook. Left out: the first."},
	"fincome.customers.max_age":          {about: "How old the export may be before every run warns of it.", form: daysText, standard: "35d"},
	"fincome.customers.api":              {about: "The API lists the customers. {} for what is usual; axisync fincome probe finds the listing."},
	"fincome.customers.api.path":         {about: "The path of the list.", standard: "/clients"},
	"fincome.customers.api.limit_param":  {about: "The query parameter for the customers of a page.", standard: "limit"},
	"fincome.customers.api.limit":        {about: "The customers of a page.", standard: "1000"},
	"fincome.customers.api.cursor_param": {about: "The query parameter that asks for the next page.", standard: "cursor"},
	"fincome.customers.api.data_key":     {about: "Where a page holds its customers.", standard: "data"},
	"fincome.customers.api.cursor_key":   {about: "Where a page holds what the next page is asked for with.", standard: "next_cursor"},
	"fincome.customers.api.paging":       {about: "cursor: a page tells of the next. offset: the next one is asked for by the number of customers before it.", choices: []string{"cursor", "offset"}, standard: "cursor"},
	"fincome.customers.api.bare_list":    {about: "A page is the list of its customers itself. It needs paging: offset.", standard: "false"},
	"fincome.identification_axis":        {about: "The axis whose value says which account a customer is. It has to exist and to be filled before the first run.", required: true, example: "Salesforce ID"},
	"fincome.update":                     {about: "Whether an update merges into the axes of a customer or replaces them. axisync fincome probe finds it out, and what it found is used while this is unknown.", choices: []string{"merge", "replace", "unknown"}, standard: "unknown"},
	"fincome.clear":                      {about: "What clears a cell. axisync fincome probe finds it out; while it is unknown nothing is cleared. remove_key needs update: replace.", choices: []string{"json_null", "empty_text", "remove_key", "unknown"}, standard: "unknown"},

	"match":           {about: "How a customer finds its account."},
	"match.key":       {about: "The property that the identification axis holds: Id, the Record ID, or another property that is unique and complete, compared as text.", standard: "Id"},
	"match.accept":    {about: "repaired takes ids with blanks, in addresses, with folded case, of merged accounts; strict only those that need no repair.", choices: []string{"repaired", "strict"}, standard: "repaired"},
	"match.trim":      {about: "Another key than Id is compared without outer blanks.", standard: "false"},
	"match.fold_case": {about: "Another key than Id is compared without letter case.", standard: "false"},

	"axes":           {about: "How the axes are called and what becomes of their cells."},
	"axes.tag":       {about: "Six characters that belong to the source for ever: Salesforce_726564_Industry. Either this, or prefix, or bare.", form: tagText, example: "726564", number: true},
	"axes.prefix":    {about: "What stands between Salesforce and the property instead of a tag: _Axis makes SalesforceAxis... of it, Salesforce_AxisIndustry.", form: `.*\S.*`, example: "_Axis"},
	"axes.bare":      {about: "The axes are called as the properties are: Industry. Axes of these names that exist are merged into.", standard: "false"},
	"axes.merge":     {about: "What becomes of values that others wrote into an axis: overwrite (after a person has approved the axis once), fill_empty or refuse.", choices: mergePolicies, standard: "overwrite"},
	"axes.on_edit":   {about: "What becomes of cells of ours that people changed after us: report leaves and reports them.", choices: editPolicies, standard: "report"},
	"axes.nulls":     {about: "What an empty property does: clear empties our cell, keep leaves it, none_text writes None, empty writes an empty text.", choices: nullPolicies, standard: "clear"},
	"axes.unmatched": {about: "What becomes of the cells of customers that match no more: keep leaves and reports them, clear_ours empties those that are ours.", choices: []string{"keep", "clear_ours"}, standard: "keep"},
	"axes.values":    {about: "text sends every value as a text; typed sends numbers and booleans as such.", choices: valuePolicies, standard: "text"},
	"axes.time_zone": {about: "The time zone of date-times.", standard: "UTC", example: "Europe/Paris"},

	"guards":                  {about: "What stops a run before anything is sent."},
	"guards.rows_fell":        {about: "The share of the accounts that may be missing since the last run.", form: shareText, standard: "20%"},
	"guards.match_rate_fell":  {about: "The points by which the match rate may fall.", form: shareText, standard: "5%"},
	"guards.match_rate_floor": {about: "The lowest match rate.", form: shareText, standard: "0%"},
	"guards.nulls_rose":       {about: "The points by which a property may be empty more often.", form: shareText, standard: "10%"},
	"guards.contested":        {about: "The share of our cells that others may have changed since the baseline.", form: shareText, standard: "5%"},
	"guards.cells":            {about: "The share of our cells that may be overwritten or cleared at once.", form: shareText, standard: "30%"},
	"guards.cells_at_least":   {about: "The number of such cells from which that counts.", standard: "100"},

	"sinks":                  {about: "Where what was seen and decided goes: snapshots (parquet), and one receiver of the changes (fincome, file or exec). Without a receiver snapshots are taken only.", required: true},
	"sinks[]":                {about: "One of parquet, fincome, file, exec."},
	"sinks[].parquet":        {about: "The snapshots."},
	"sinks[].parquet.path":   {about: "A folder, relative to this file, or the URL of a bucket.", required: true, example: "./snapshots"},
	"sinks[].parquet.keep":   {about: "Which snapshots stay. Left out: all.", form: keepText, example: "30 daily 12 monthly"},
	"sinks[].fincome":        {about: "Fincome's API. It has no keys: fincome says all."},
	"sinks[].file":           {about: "Import files for a person to upload."},
	"sinks[].file.path":      {about: "The folder of the import files.", required: true, example: "./enrich"},
	"sinks[].file.format":    {about: "The format of the files.", choices: []string{"csv", "xlsx"}, standard: "csv"},
	"sinks[].file.rows":      {about: "The rows of a file at most.", standard: "5000"},
	"sinks[].file.id_column": {about: "The header of the column with the customer's id.", standard: "Customer ID"},
	"sinks[].file.one_axis":  {about: "A file for each axis.", standard: "false"},
	"sinks[].exec":           {about: "A program of your own that takes the changes."},
	"sinks[].exec.name":      {about: "The name under which what it acknowledged is remembered.", form: nameText, required: true, example: "crm"},
	"sinks[].exec.command":   {about: "The program and its arguments; a path is relative to this file.", required: true},
	"sinks[].exec.timeout":   {about: "How long it may do nothing that can be seen.", form: durationText, standard: "10m"},

	"on_finish":         {about: "Who is told when a run leaves the source standing otherwise than before: when it fails, when a person is needed, when all is well again. It never fails a run."},
	"on_finish.command": {about: "A program and its arguments that gets what is told on its standard input, as JSON; a path is relative to this file. Either this or a webhook."},
	"on_finish.webhook": {about: "An address that what is told is posted to, as JSON. Who knows such an address may write there, so it is best kept as ${env:NAME} or ${file:path}.", example: "${env:WEBHOOK_URL}"},
	"on_finish.timeout": {about: "How long telling may take.", form: durationText, standard: "30s"},
}
