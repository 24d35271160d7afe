package fincome

import _ "embed" // for OpenAPI

// OpenAPI is what is known of Fincome's API and what is assumed, as an OpenAPI
// 3.1 document in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
