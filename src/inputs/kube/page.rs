use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Page<T> {
    #[serde(default)]
    pub(super) metadata: ListMeta,
    #[serde(deserialize_with = "or_default")]
    pub(super) items: Vec<T>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ListMeta {
    /// Where the next page begins; absent or empty on the last.
    #[serde(default, rename = "continue")]
    pub(super) next: String,
}

/// Where the next page begins, and what is kept of this one.
pub(super) type Parsed<K> = Result<(String, Vec<K>), serde_json::Error>;

/// A page with what `extract` keeps of its objects.
pub(super) fn parsed<T: DeserializeOwned, K>(body: &[u8], extract: &impl Fn(T) -> Option<K>) -> Parsed<K> {
    let page: Page<T> = serde_json::from_slice(body)?;
    let mut items: Vec<K> = page.items.into_iter().filter_map(extract).collect();
    items.shrink_to_fit();
    Ok((page.metadata.next, items))
}

/// The continue token, without reading the objects, and where the first of them begins: API servers write it before them.
/// `None` where it is not there.
pub(super) fn head(body: &[u8]) -> Option<(String, usize)> {
    const ITEMS: &[u8] = b"\"items\":[";
    let head = &body[..body.len().min(16 << 10)];
    let at = head.windows(ITEMS.len()).position(|window| window == ITEMS)?;
    let head = [&head[..at], b"\"items\":[]}"].concat();
    let page = serde_json::from_slice::<Page<IgnoredAny>>(&head).ok()?;
    Some((page.metadata.next, at + ITEMS.len()))
}

/// Go writes an empty list as `null` where it does not leave it out.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let page = |text: &str| serde_json::from_str::<Page<u32>>(text).map(|p| (p.metadata.next, p.items));
        assert_eq!(page(r#"{"items":[1,2],"metadata":{"continue":"x"}}"#).unwrap(), ("x".to_owned(), vec![1, 2]));
        assert_eq!(page(r#"{"items":null,"metadata":{}}"#).unwrap(), (String::new(), vec![]));
        for text in [r#"{"kind":"Status"}"#, r#"{"items":[1"#, "<html>", ""] {
            assert!(page(text).is_err(), "{text}");
        }
    }

    #[test]
    fn looking_ahead() {
        let of = |text: &str| head(text.as_bytes()).map(|(next, items)| (next, text[items..].to_owned()));
        let found = |next: &str, rest: &str| Some((next.to_owned(), rest.to_owned()));
        assert_eq!(of(r#"{"kind":"PodList","metadata":{"continue":"abc"},"items":[{"a":"#), found("abc", r#"{"a":"#));
        assert_eq!(of(r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#), found("", "]}"));
        let behind = r#"{"items":[],"metadata":{"continue":"abc"}}"#;
        assert_eq!(of(behind), found("", r#"],"metadata":{"continue":"abc"}}"#), "checked afterwards");
        assert_eq!(of("<html>"), None);
    }
}
