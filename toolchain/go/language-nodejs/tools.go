//go:build tools

// Package tools pins Pulumi's Node.js language host. v3.68.0 is the last version that lies inside the sdk module.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
