use memchr::memmem;

/// Where every object says which fields who has set: near to half of a pod, and none of it is read. An empty list has no
/// such end.
const FIELD: &[u8] = b"\"managedFields\":[{";

/// How such a list ends: its elements are objects, and no list is inside one.
const END: &[u8] = b"}]";

/// Empties the lists of managed fields, several times faster than a parser would skip them.
///
/// A quotation mark inside of a string is escaped, so that [`FIELD`] is found only where it is a key. [`END`] may be a part
/// of a key inside the list that names a path with these two signs; such a key goes on with an escaped quotation mark,
/// which outside of a string is no JSON. So what comes out is what went in without managed fields, or is refused by the
/// parser, and then the whole text is to be parsed.
pub(super) fn without_managed_fields(body: &[u8]) -> Vec<u8> {
    let (field, end) = (memmem::Finder::new(FIELD), memmem::Finder::new(END));
    let mut kept = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = field.find(rest) {
        let list = at + FIELD.len() - 1;
        let Some(length) = end.find(&rest[list..]) else { break };
        kept.extend_from_slice(&rest[..list]);
        rest = &rest[list + length + 1..];
    }
    kept.extend_from_slice(rest);
    kept
}

/// The length of what is between the brackets of such a list, at its beginning; what comes after it has to be looked at, as
/// above.
pub(super) fn length_of_managed_fields(list: &[u8]) -> usize {
    if list.starts_with(b"{") { memmem::find(list, END).map_or(0, |at| at + 1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        String::from_utf8(without_managed_fields(text.as_bytes())).unwrap()
    }

    #[test]
    fn lists_are_emptied_and_nothing_else_is_touched() {
        let one = r#"{"metadata":{"managedFields":[{"a":{"f:x":{}}},{"b":1}]},"spec":{}}"#;
        assert_eq!(stripped(one), r#"{"metadata":{"managedFields":[]},"spec":{}}"#);
        assert_eq!(stripped(&format!("[{one},{one}]")).matches("\"managedFields\":[]").count(), 2);
        for text in
            [r#"{"a":"\"managedFields\":[{}]"}"#, r#"{"managedFields":[]}"#, r#"{"managedFields":null}"#, "{}", ""]
        {
            assert_eq!(stripped(text), text);
        }
    }

    #[test]
    fn an_empty_list_does_not_end_with_another() {
        let text = r#"{"metadata":{"managedFields":[]},"spec":{"volumes":[{"name":"a"}],"nodeName":"n"}}"#;
        assert_eq!(stripped(text), text);
    }

    #[test]
    fn what_is_cut_at_a_wrong_place_is_no_json() {
        let text = r#"{"managedFields":[{"k:{\"mountPath\":\"/a}]b\"}":{}}],"name":"x"}"#;
        serde_json::from_str::<serde_json::Value>(text).unwrap();
        serde_json::from_str::<serde_json::Value>(&stripped(text)).unwrap_err();
    }

    #[test]
    fn recorded_pods_lose_nothing_but_that() {
        let text = include_str!("../../../fixtures/kube/pod.json");
        let mut whole: serde_json::Value = serde_json::from_str(text).unwrap();
        whole["metadata"]["managedFields"] = serde_json::json!([]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&stripped(text)).unwrap(), whole);
    }
}
