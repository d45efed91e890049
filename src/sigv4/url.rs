//! The parts of a URL that are signed.

/// The host with its port, the path and the query of a valid URL.
#[must_use]
pub fn split_url(url: &str) -> (&str, &str, &str) {
    let after_scheme = url
        .split_once(':')
        .and_then(|(_, rest)| rest.strip_prefix("//"))
        .unwrap_or(url);
    let without_fragment = after_scheme.split_once('#').map_or(after_scheme, |(rest, _)| rest);
    let (before, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let slash = before.bytes().position(|byte| byte == b'/');
    let (authority, path) = before.split_at(slash.unwrap_or(before.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (host, path, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_host_path_and_query() {
        for (url, parts) in [
            ("https://a.b", ("a.b", "", "")),
            ("http://127.0.0.1:4567/", ("127.0.0.1:4567", "/", "")),
            ("https://u:p@a.b/c/d?e=f/g&h#i", ("a.b", "/c/d", "e=f/g&h")),
            ("https://a.b?q", ("a.b", "", "q")),
            ("https://[::1]:80/x#y?z", ("[::1]:80", "/x", "")),
        ] {
            assert_eq!(split_url(url), parts);
        }
    }
}
