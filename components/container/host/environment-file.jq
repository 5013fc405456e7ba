# gateway.env in the syntax of Compose: in double quotes, \ " $ and line breaks escaped.
.environment | to_entries[]
| .key + "=\"" + (.value
    | gsub("\\\\"; "\\\\") | gsub("\""; "\\\"") | gsub("\\$"; "$$") | gsub("\n"; "\\n") | gsub("\r"; "\\r")) + "\""
