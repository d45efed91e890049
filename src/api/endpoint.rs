//! The endpoint: the URL for a region, the ARN of a stream, FIPS and dual-stack.
//!
//! The rules are those of the AWS SDKs: `endpoint-rule-set-1` of the service kinesis, and `partitions.json`, both in
//! botocore. `tests/vectors/endpoints.json` has the endpoints that botocore resolves for every region it knows.

use super::excerpt::excerpt;
use crate::error::Error;
use crate::text::text;

/// The configuration of a client that selects the endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointConfig {
    /// The region, such as `us-east-1`. It is part of the signature as well.
    pub region: String,
    /// A URL that replaces the rules: a VPC endpoint or a local server.
    pub custom: Option<String>,
    /// Whether to use hosts with FIPS 140 validated cryptography.
    pub fips: bool,
    /// Whether to use hosts that support IPv6 as well.
    pub dualstack: bool,
}

/// The two kinds of hosts of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// The hosts to which records are written and from which they are read.
    Data,
    /// The hosts of all other operations.
    Control,
}

/// Resolves the URL, without a path. `arn` is the `StreamARN` of the request.
///
/// # Errors
/// [`crate::error::Code::InvalidArgument`] if the AWS SDKs refuse the combination.
pub fn resolve(config: &EndpointConfig, arn: Option<&str>, plane: Plane) -> Result<String, Error> {
    if let Some(url) = &config.custom {
        return custom(url, config);
    }
    check_region(&config.region)?;
    let partition = Partition::of(&config.region);
    match arn {
        Some(arn) if partition.has_account_hosts() => {
            let account = account_of(arn, partition)?;
            let plane = if plane == Plane::Data { "data" } else { "control" };
            let fips = if config.fips { "-fips" } else { "" };
            let EndpointConfig { region, .. } = config;
            let suffix = partition.suffix(config.dualstack);
            Ok(text![
                "https://", account, ".", plane, "-kinesis", fips, ".", region, ".", suffix
            ])
        }
        _ => Ok(by_region(config, partition)),
    }
}

fn custom(url: &str, config: &EndpointConfig) -> Result<String, Error> {
    let refused = |flag: &str| {
        Err(Error::invalid(text![
            flag,
            " cannot be combined with endpoint: a custom endpoint is used as it is"
        ]))
    };
    match config {
        EndpointConfig { fips: true, .. } => refused("useFipsEndpoint"),
        EndpointConfig { dualstack: true, .. } => refused("useDualstackEndpoint"),
        _ if config.region.bytes().all(is_region_byte) => Ok(url.to_owned()),
        _ => Err(invalid_region(&config.region)),
    }
}

/// Whether a byte may be in the region of a custom endpoint, such as `local`. The region is a part of a header and,
/// between slashes, of the scope of a signature.
fn is_region_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'/'
}

fn by_region(config: &EndpointConfig, partition: &Partition) -> String {
    // The IPv4 hosts of GovCloud are FIPS hosts already. Only dual-stack has separate FIPS hosts there.
    let plain_is_fips = partition.name == "aws-us-gov" && !config.dualstack;
    let fips = if config.fips && !plain_is_fips { "-fips" } else { "" };
    let suffix = partition.suffix(config.dualstack);
    text!["https://kinesis", fips, ".", config.region, ".", suffix]
}

/// A region is one label of a host name: up to 63 letters, digits and hyphens, but not digits alone.
fn check_region(region: &str) -> Result<(), Error> {
    if is_host_label(region) && !region.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(invalid_region(region))
}

fn invalid_region(region: &str) -> Error {
    let quoted = excerpt(region);
    Error::invalid(text![
        "region must be an AWS region such as us-east-1 (letters, digits and hyphens, 63 at most), not \"",
        quoted,
        "\""
    ])
}

fn is_host_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The account in `arn:partition:kinesis:region:account:stream/name`. The parts are checked in the order of the SDKs.
fn account_of<'a>(arn: &'a str, partition: &Partition) -> Result<&'a str, Error> {
    let refuse = |why: &str| Err(Error::invalid(text!["StreamARN \"", excerpt(arn), "\" ", why]));
    let (scheme, rest) = split_at_colon(arn);
    let (in_partition, rest) = split_at_colon(rest);
    let (service, rest) = split_at_colon(rest);
    let (region, rest) = split_at_colon(rest);
    let (account, resource) = split_at_colon(rest);
    let kind = resource.strip_prefix("stream");
    let is_stream = kind.is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'/' | b':', ..]));
    if scheme != "arn" || in_partition.is_empty() || service.is_empty() || resource.is_empty() {
        refuse("is no ARN: arn:aws:kinesis:REGION:ACCOUNT:stream/NAME is needed")
    } else if !is_host_label(account) {
        refuse("names no account")
    } else if !is_host_label(region) {
        refuse("names no region")
    } else if service != "kinesis" {
        refuse("is not for the service kinesis")
    } else if !is_stream {
        refuse("is not for a stream")
    } else if in_partition != partition.name {
        let name = partition.name;
        refuse(&text!["is not in the partition of the client's region, ", name])
    } else {
        Ok(account)
    }
}

/// The text before the first colon, and the text after it.
fn split_at_colon(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, ""))
}

/// A partition: regions that share their domains.
struct Partition {
    name: &'static str,
    /// The prefix of its regions, up to the hyphen before the last two parts.
    prefix: &'static str,
    dns_suffix: &'static str,
    dualstack_suffix: &'static str,
}

impl Partition {
    /// A region that matches no other partition counts as one of the default partition, as in the SDKs.
    fn of(region: &str) -> &'static Self {
        OTHER_PARTITIONS
            .iter()
            .find(|partition| partition.contains(region))
            .unwrap_or(&DEFAULT_PARTITION)
    }

    /// Whether a region is `PREFIX-\w+-\d+`, or the global pseudo region of the partition, such as `aws-cn-global`.
    fn contains(&self, region: &str) -> bool {
        if region.strip_suffix("-global") == Some(self.name) {
            return true;
        }
        let rest = region.strip_prefix(self.prefix);
        let rest = rest.and_then(|rest| rest.strip_prefix("-"));
        rest.and_then(|rest| rest.split_once('-'))
            .is_some_and(|(place, number)| {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                !place.is_empty()
                    && place.bytes().all(word)
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            })
    }

    fn has_account_hosts(&self) -> bool {
        !matches!(self.name, "aws-iso" | "aws-iso-b")
    }

    fn suffix(&self, dualstack: bool) -> &'static str {
        if dualstack {
            self.dualstack_suffix
        } else {
            self.dns_suffix
        }
    }
}

/// The partition of most regions. Its regions have no common prefix.
static DEFAULT_PARTITION: Partition = partition("aws", "", "amazonaws.com", "api.aws");
/// The other partitions of botocore's `partitions.json`. All of them support FIPS and dual-stack.
static OTHER_PARTITIONS: [Partition; 7] = [
    partition("aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    partition("aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu"),
    partition("aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    partition("aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud"),
    partition("aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    partition("aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    partition("aws-us-gov", "us-gov", "amazonaws.com", "api.aws"),
];

const fn partition(
    name: &'static str,
    prefix: &'static str,
    dns_suffix: &'static str,
    dualstack_suffix: &'static str,
) -> Partition {
    Partition {
        name,
        prefix,
        dns_suffix,
        dualstack_suffix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_endpoint_takes_any_region_that_a_signature_can_have() {
        for (region, is_good) in [
            ("us-east-1", true),
            ("local", true),
            ("local_zone.1", true),
            ("us-east-1\r", false),
            ("us east", false),
            ("us/east", false),
            ("ü", false),
        ] {
            let config = EndpointConfig {
                region: region.into(),
                custom: Some("http://localhost:4567".into()),
                ..EndpointConfig::default()
            };
            assert_eq!(resolve(&config, None, Plane::Data).is_ok(), is_good, "{region:?}");
        }
    }
}
