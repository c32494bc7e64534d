//! Tests of the HTML page: its content security policy, escaping, and well-formed markup.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::outputs::document::Table;

/// The hash that a browser compares with the page's content security policy.
fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

#[test]
fn the_policy_has_the_hashes_of_style_and_script() {
    assert_eq!((hash(STYLE).as_str(), hash(SCRIPT).as_str()), (STYLE_HASH, SCRIPT_HASH), "STYLE_HASH and SCRIPT_HASH");
}

/// Hostile names: elements, attributes, line breaks, control characters, changes of the text direction.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "</title></style><!--",
    "a\nb\u{0}\u{1b}[2J",
    "\u{202e}gnp.exe\u{2066}\u{200f}שלום",
    "🦀 {{ 1 + 1 }} &lt;b&gt;",
];

fn page_of(name: &str) -> String {
    let mut document = Document::default();
    document.headline(name, name, name);
    document.text(name);
    document.list(name, [name]);
    document.notes([name]);
    document.findings([(Severity::Warning, name.to_owned()), (Severity::Info, name.to_owned())]);
    let mut table = Table::new([name, name]).with_text(&[1]).with_keys([name, name]).titled(name).sortable();
    table.section(name);
    table.row_at("$.rows[0]".to_owned(), [name, name]);
    table.part([name]);
    table.sum([name, name]);
    document.table(table);
    html(&document)
}

#[test]
fn names_are_escaped() {
    // Only text that is not ASCII needs the element that isolates its direction.
    let others = |page: &str| -> Vec<String> { tags(page).into_iter().filter(|name| name != "bdi").collect() };
    let elements = others(&page_of("plain"));
    for name in HOSTILE {
        let page = page_of(name);
        assert_eq!(others(&page), elements, "{name}");
        let acts = |c: char| matches!(c, '\u{0}' | '\u{1b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!page.contains(acts), "{name}");
    }
}

/// The names of the tags of a page in order; every element that is opened must be closed, in reverse order.
fn tags(page: &str) -> Vec<String> {
    const VOID: [&str; 4] = ["meta", "link", "input", "br"];
    let (mut open, mut all) = (Vec::<String>::new(), Vec::new());
    let mut rest = page.strip_prefix("<!doctype html>").unwrap_or_else(|| panic!("no doctype"));
    while let Some((_, from)) = rest.split_once('<') {
        let (tag, after) = from.split_once('>').unwrap_or_else(|| panic!("an open tag at {from:.40}"));
        rest = after;
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(closed), "before {after:.40}");
            continue;
        }
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        assert!(!name.is_empty(), "{tag:.40}");
        // Every attribute value is in double quotes; only the page's content security policy contains single quotes.
        let has_others = tag.contains('\'') && !tag.contains("default-src 'none'");
        assert!(tag.matches('"').count().is_multiple_of(2) && !has_others, "{tag}");
        if let "style" | "script" = name.as_str() {
            rest = rest.split_once(&format!("</{name}>")).unwrap_or_else(|| panic!("{name} has no end")).1;
        } else if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn every_tag_is_closed() {
    assert!(tags(&page_of("plain")).len() > 40);
}

/// Of a long table the first rows and the sums are elements; the others are too where script does not run, and text
/// where it does.
#[test]
fn a_long_table_is_folded() {
    let page = |rows: usize| {
        let mut table = Table::new(["name", "cost"]).titled("Cost").sortable();
        for row in 0..rows {
            table.row_at(format!("$.rows[{row}]"), [format!("{} {row}", HOSTILE[row % HOSTILE.len()]), "1".to_owned()]);
        }
        table.part(["part", "1"]);
        table.sum(["total", "9"]);
        let mut document = Document::default();
        document.table(table);
        html(&document)
    };
    assert!(!page(150).contains("<noscript"));
    let long = page(300);
    tags(&long);
    let (first, rest) =
        long.split_once("<noscript class=\"further\" data-rows=\"300 rows\">").expect("a part is folded");
    let (folded, after) = rest.split_once("</noscript>").expect("it ends");
    let count = |text: &str| text.matches("<tr data-path=").count();
    assert_eq!((count(first), count(folded), count(after)), (100, 200, 0));
    assert!(first.contains(">total</th>") && folded.contains(">part</th>"));
    // A browser with script reads up to the first end tag, whatever it is in.
    assert!(!folded.contains("<script") && !folded.contains("alert(1)</script"), "{folded}");
}
