# shellcheck shell=bash disable=SC2154 # variables of release.sh
# The image is built under its content's name, so an image that is there is the right one.

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

untouched() { if [[ -L $current ]]; then say "The gateway that runs was left as it is."; else say "Nothing was started."; fi; }

# On the disk: after a power cut, Docker takes half an image for a whole one.
settle() { sync --file-system "$(docker info --format '{{.DockerRootDir}}')"; }

pull() {
  local reference=$1
  has_image "$reference" && return
  say "pulling $reference"
  with_heartbeat pulling docker pull --quiet "$reference" >"$here/pull.log" 2>&1 ||
    fail "$reference cannot be pulled: $(last_words 3 <"$here/pull.log")
$(untouched) Check the reference, and that this host reaches its registry."
  settle
}

# ensure_image <release.json>
ensure_image() {
  local tag reference
  tag=$(jq --raw-output .image.tag "$1")
  reference=$(jq --raw-output .image.reference "$1")
  has_image "$tag" && return
  pull "$reference"
  say "building $tag"
  jq --join-output .image.dockerfile "$1" >"$here/Dockerfile"
  with_heartbeat building docker build --progress plain --tag "${tag%%:*}:building" - <"$here/Dockerfile" >"$here/build.log" 2>&1 ||
    fail "the image cannot be built: $(grep --extended-regexp '^(ERROR|error)' "$here/build.log" | last_words 3)
$(last_words 15 <"$here/build.log")
$(untouched)"
  settle
  docker tag "${tag%%:*}:building" "$tag"
  docker image rm "${tag%%:*}:building" >/dev/null
}
