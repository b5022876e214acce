export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Each script only asks `swarmwall __complete WORD… CURRENT`, which answers as cobra does: one candidate a line
 * (`value<TAB>description`), then `:0` (file names may follow) or `:4` (nothing else). So docker's own
 * completion of its plugins understands it too, and a new option needs no new script.
 */
const BASH = `# bash completion of swarmwall: source <(swarmwall completion bash)
_swarmwall() {
  local typed=\${COMP_LINE:0:COMP_POINT} line directive=0 current='' words
  # COMP_WORDS is cut at ':' and '=' too; db:5432 and shop=shop.yaml are one word each.
  read -ra words <<<"$typed"
  [[ $typed == *[[:space:]] ]] || { current=\${words[-1]}; unset 'words[-1]'; }
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${words[0]}" __complete "\${words[@]:1}" "$current" 2>/dev/null)
  if [[ $directive == 0 ]]; then
    compopt -o filenames 2>/dev/null
    local path=$current
    [[ $current == *=* ]] && path=\${current#*=}
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$path")
  elif [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    # bash puts in only what follows the last ':'.
    COMPREPLY=("\${COMPREPLY[@]#"\${current%:*}:"}")
  fi
  return 0
}
complete -F _swarmwall swarmwall
`;

const ZSH = `#compdef swarmwall
# zsh completion of swarmwall: swarmwall completion zsh > "\${fpath[1]}/_swarmwall"
_swarmwall() {
  local line directive=0
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe 'swarmwall' candidates
  [[ $directive == 0 ]] && _files
  return 0
}
if [[ \${funcstack[1]} == _swarmwall ]]; then _swarmwall "$@"; else compdef _swarmwall swarmwall; fi
`;

const FISH = `# fish completion of swarmwall: swarmwall completion fish > ~/.config/fish/completions/swarmwall.fish
function __swarmwall_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] $current 2>/dev/null)
        switch $line
            case ':0'
                __fish_complete_path $current
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c swarmwall -f -a '(__swarmwall_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
