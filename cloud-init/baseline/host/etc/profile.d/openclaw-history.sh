# shellcheck shell=sh disable=SC2034 # bash reads these
# Lines that carry a secret stay out of the shells' history, and so does a line that begins with a space.
HISTCONTROL=ignoreboth
HISTIGNORE='*TOKEN=*:*SECRET=*:*PASSWORD=*:*API_KEY=*:*Bearer *:*--token*:*--password*'
