//! A strict check of XML: every importer can read what it accepts.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Entities that need no declaration.
const ENTITIES: [&str; 5] = ["lt", "gt", "amp", "apos", "quot"];

/// Describes why a document is not well-formed: encoding, characters, declaration, one root, matching tags, unique attributes, entities.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?;
    // XML 1.0, 2.2.
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    if let Some(c) = text.chars().find(|c| !is_legal(*c)) {
        return Err(format!("it holds U+{:04X}", u32::from(c)));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let (mut depth, mut roots, mut first) = (0_u32, 0_u32, true);
    loop {
        let event = reader.read_event().map_err(|error| format!("at {}: {error}", reader.error_position()))?;
        let at = reader.buffer_position();
        match event {
            Event::Decl(_) if first => {}
            _ if first => return Err("it does not begin with a declaration".to_owned()),
            Event::Decl(_) => return Err(format!("at {at}: a second declaration")),
            Event::Start(start) => {
                attributes(&start).map_err(|error| format!("at {at}: {error}"))?;
                roots += u32::from(depth == 0);
                depth += 1;
            }
            Event::Empty(start) => {
                attributes(&start).map_err(|error| format!("at {at}: {error}"))?;
                roots += u32::from(depth == 0);
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => {
                let blank = text.chars().all(|c| c.is_ascii_whitespace());
                if depth == 0 && !blank {
                    return Err(format!("at {at}: text outside of the root"));
                }
            }
            Event::GeneralRef(entity) => {
                let name = &*entity;
                let character = entity.resolve_char_ref().map_err(|error| format!("at {at}: {error}"))?;
                let is_known = character.map_or(ENTITIES.contains(&name), is_legal);
                if depth == 0 || !is_known {
                    return Err(format!("at {at}: entity {name}"));
                }
            }
            Event::CData(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err(format!("at {at}: a document type")),
            Event::Eof if depth > 0 => return Err(format!("{depth} elements are open at the end")),
            Event::Eof if roots != 1 => return Err(format!("it has {roots} roots")),
            Event::Eof => return Ok(()),
        }
        first = false;
    }
}

fn attributes(start: &BytesStart<'_>) -> Result<(), String> {
    start.attributes().try_for_each(|attribute| attribute.map(|_| ()).map_err(|error| error.to_string()))
}

#[test]
fn what_is_not_well_formed_is_not_read() {
    const DECLARED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    for good in ["<a/>", "<a b=\"1\">x &lt; &#1588; y<c></c></a>\n"] {
        assert_eq!(check(format!("{DECLARED}{good}").as_bytes()), Ok(()), "{good}");
    }
    assert!(check(b"<a/>").is_err());
    for bad in [
        "",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a>&who;</a>",
        "<a>&#0;</a>",
        "<a>\u{1B}</a>",
        "<a>\u{FFFE}</a>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>x & y</a>",
        "<a b=1/>",
    ] {
        assert!(check(format!("{DECLARED}{bad}").as_bytes()).is_err(), "{bad:?} was read");
    }
    assert!(check(&[DECLARED.as_bytes(), b"<a>\xFF</a>"].concat()).is_err());
}
