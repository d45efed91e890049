//! The command line.

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    /// The port to listen on; 0 is any free one.
    pub port: u16,
    /// Whether a shard refuses what exceeds its throughput.
    pub limits: bool,
    /// Whether the end of stdin is the end of the server.
    pub exit_with_stdin: bool,
}

impl Args {
    /// Reads the arguments after the program's name.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self {
            port: 0,
            limits: true,
            exit_with_stdin: false,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--port" => args.port = port(words.next())?,
                "--no-limits" => args.limits = false,
                "--exit-with-stdin" => args.exit_with_stdin = true,
                _ => return Err(format!("unknown argument {word} ({USAGE})")),
            }
        }
        Ok(args)
    }
}

fn port(word: Option<String>) -> Result<u16, String> {
    let word = word.ok_or("--port needs a number")?;
    word.parse().map_err(|_| format!("--port {word}: not a port"))
}

const USAGE: &str = "usage: kinesis-server [--port N] [--no-limits] [--exit-with-stdin]";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_asks_for_a_free_port_and_limits() {
        let args = parse("").unwrap();
        assert_eq!((args.port, args.limits, args.exit_with_stdin), (0, true, false));
    }

    #[test]
    fn all_can_be_asked_for() {
        let args = parse("--exit-with-stdin --port 4567 --no-limits").unwrap();
        assert_eq!((args.port, args.limits, args.exit_with_stdin), (4567, false, true));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(parse("--prot 1").unwrap_err().contains("--prot"));
        assert!(parse("--port 70000").unwrap_err().contains("70000"));
        assert!(parse("--port").is_err());
    }
}
