// Preloaded into the command that is measured: its last line on stderr is its peak memory, in KiB.
process.once('exit', () => process.stderr.write(`\n${process.resourceUsage().maxRSS}\n`));
