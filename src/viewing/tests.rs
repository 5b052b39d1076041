//! What attacks whoever looks at a message becomes harmless, wall by wall; what people write stays
//! readable; and nobody can make us work for long.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::html::sanitiser;
use super::reduce::reduce;
use super::{NoPreview, Pictures, TooDeep, preview, sanitised};

const ATTACKS: &str = include_str!("../../tests/hostile/html.txt");

fn clean(html: &str) -> String {
    sanitised(html, Pictures::default()).unwrap()
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Every tag of some HTML as another parser would see it: our own, which trusts nothing.
fn tags(html: &str) -> Vec<String> {
    let mut rest = html;
    let mut found = Vec::new();
    while let Some((_, tag)) = rest.split_once('<') {
        let mut quoted = false;
        let end = tag.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (inside, after) = tag.split_at(end.expect("every tag ends"));
        found.push(inside.to_owned());
        rest = after;
    }
    found
}

/// reliability 2.5: 0 scripts, 0 handlers, 0 styles, forms, frames, addresses.
fn is_harmless(html: &str) -> Result<(), String> {
    const NAMES: &str = " b bdi blockquote br dd div dl dt h1 h2 h3 h4 hr i img li ol p pre s span sub sup table tbody td \
                         tfoot th thead tr u ul wbr ";
    const KEYS: [&str; 7] = ["dir", "alt", "colspan", "rowspan", "start", "class", "src"];
    for tag in tags(html) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        if !NAMES.contains(&format!(" {name} ")) {
            return Err(format!("<{tag}>"));
        }
        for key in tag.split("=\"").filter_map(|part| part.rsplit_once(' ').map(|(_, key)| key)) {
            // The last piece is what follows the last value: nothing.
            if !key.is_empty() && !KEYS.contains(&key) && tag.contains(&format!("{key}=\"")) {
                return Err(format!("<{tag}>: {key}"));
            }
        }
        if tag.contains("src=\"")
            && !tag.contains("src=\"data:image/png;base64,")
            && !tag.contains("src=\"data:image/jpeg;base64,")
        {
            return Err(format!("<{tag}>"));
        }
    }
    Ok(())
}

/// lessons 76, 77 and reliability 2.5, by the first two walls together and by the second alone.
#[test]
fn no_attack_gets_through_the_sanitiser() {
    assert!(ATTACKS.lines().count() >= 100);
    let all_at_once = ATTACKS.replace('\n', "");
    for attack in ATTACKS.lines().chain([all_at_once.as_str()]) {
        for clean in [clean(attack), sanitiser(Pictures::default()).clean(attack).to_string()] {
            is_harmless(&clean).unwrap_or_else(|found| panic!("{attack}\nbecame\n{clean}\nwith {found}"));
            let again = sanitiser(Pictures::default()).clean(&clean).to_string();
            assert_eq!(again, clean, "{attack}: what was read a second time changed its meaning");
        }
    }
}

#[test]
fn the_test_of_harmlessness_sees_harm() {
    for harm in
        ["<script>x</script>", "<p onclick=\"x\">", "<img src=\"cid:x\">", "<a href=\"x\">x</a>", "<p style=\"\">"]
    {
        assert!(is_harmless(harm).is_err(), "{harm}");
    }
}

/// What the first wall writes is canonical: the parser behind it reads the same tags.
#[test]
fn what_is_reduced_is_read_as_it_was_counted() {
    for attack in ATTACKS.lines() {
        for tag in tags(&reduce(attack).unwrap()) {
            let handler = tag.split("=\"").any(|part| part.rsplit(' ').next().is_some_and(|key| key.starts_with("on")));
            assert!(!handler && !tag.starts_with("script"), "{attack} became <{tag}>");
        }
    }
}

#[test]
fn what_people_format_stays() {
    let html = "<div dir=rtl>مرحبا</div><p class=MsoNormal style='color:red'>No <strong>heating</strong> since<br>Friday</p>\
                <table><tr><td colspan=2>a<td>b</table><ol start=3><li>three<li>four</ol><o:p>&nbsp;</o:p>3 < 4 &amp; 5";
    assert_eq!(
        clean(html),
        "<div dir=\"rtl\">مرحبا</div><p>No <b>heating</b> since<br>Friday</p>\
         <table><tbody><tr><td colspan=\"2\">a</td><td>b</td></tr></tbody></table>\
         <ol start=\"3\"><li>three</li><li>four</li></ol>&nbsp;3 &lt; 4 &amp; 5"
    );
}

#[test]
fn a_link_is_its_words_and_its_full_address() {
    let shown = |html: &str| clean(html).replace("<span class=\"address\">", "").replace("</span>", "");
    assert_eq!(
        shown("<a href=\"https://evil.example/a?b=1&amp;copy=2\">https://bank.example</a>"),
        "https://bank.example &lt;https://evil.example/a?b=1&amp;copy=2&gt;"
    );
    assert_eq!(shown("<a href='https://example.org/x'>https://example.org/x</a>"), "https://example.org/x");
    assert_eq!(shown("<a href='mailto:ann@example.org'>ann@example.org</a> now"), "ann@example.org now");
    assert_eq!(
        shown("<a href=tel:999>call<a href=https://example.org>look"),
        "call &lt;tel:999&gt;look &lt;https://example.org&gt;"
    );
    assert_eq!(shown("<a href='/sign-out'>x</a><a name=y>y</a>"), "xy");
    assert_eq!(
        shown("<a href='https://example.org/&#x202e;gpj.exe\u{200b}&#8238;'>x</a>"),
        "x &lt;https://example.org/gpj.exe&gt;",
        "nothing turns or hides an address"
    );
}

/// lessons 56: pictures where the resident put them, used twice or missing.
#[test]
fn own_pictures_stand_where_they_were_put_and_missing_ones_are_named() {
    let bytes = png(RgbImage::from_pixel(2, 2, Rgb([200, 10, 10])));
    let pictures = Pictures::new(BTreeMap::from([("wall@x".to_owned(), bytes)]));
    let html = "<p>Here: <img src='cid:wall%40x' width=1> and <IMG SRC=CID:wall@x alt=wall> and <img src=cid:gone alt='the door'> \
                <img src=https://elsewhere.example/pixel.gif><img src='https://elsewhere.example/logo.png' alt='Logo'>";
    let clean = sanitised(html, pictures).unwrap();
    assert_eq!(clean.matches("src=\"data:image/jpeg;base64,").count(), 2, "{clean}");
    assert!(clean.contains("alt=\"the door\"") && clean.contains("<img alt=\"Logo\">"), "{clean}");
    assert!(!clean.contains("elsewhere") && !clean.contains("cid:"), "{clean}");
}

#[test]
fn a_picture_used_ten_thousand_times_is_shown_until_it_is_enough() {
    let noise = RgbImage::from_fn(200, 200, |x, y| Rgb([(x * y % 251) as u8, (x * 7 + y) as u8, (y * 13) as u8]));
    let pictures = Pictures::new(BTreeMap::from([("a".to_owned(), png(noise))]));
    let clean = sanitised(&"<img src=cid:a>".repeat(10_000), pictures).unwrap();
    assert!(clean.len() < 10_000_000, "{}", clean.len());
}

/// How long this thread has worked, whatever else the machine does.
fn time_worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(told.split(' ').next().unwrap().parse().unwrap())
}

/// lessons 59, reliability 2.5: hostile layout is bounded before the parser sees it.
#[test]
fn hostile_layout_takes_no_time() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    let numbered = |unit: &str, count: usize| (0..count).map(|n| unit.replace('#', &n.to_string())).collect::<String>();
    let attacks = [
        many("<div>", 50_000),
        many("<table><tr><td>", 50_000),
        many("<div><table><tr><td></div>", 50_000),
        many("<b>", 100_000),
        many("<b><i><u><s><sub><sup>", 20) + &many("<p>x", 400_000),
        numbered("<b id=#>", 100_000) + &many("<p>x", 100_000),
        many("<ul><li><b>", 100) + &many("<p>x</p>", 150_000),
        many("<b><p></b>", 100_000),
        many("<b><div></b>", 100_000),
        many("<p><b><blockquote></p></b>", 50_000),
        many("<a href=https://example.org>x", 60_000),
        many("<a href=\"", 200_000),
        many("<img alt='", 200_000),
        many("<!--", 500_000),
        many("<svg>", 400_000),
        many("<", 2_000_000),
        many("&", 2_000_000),
        many("&#", 1_000_000),
        many("&amp;", 400_000),
        many("&rsquo;", 300_000),
        many("£", 1_000_000),
        many("<font>£</font>", 150_000),
        many("&nbsp;", 350_000),
        format!("<img src=cid:a alt='{}'>", many("&", 1_000_000)),
        format!("<p {}>", numbered("a# ", 300_000)),
        format!("<img src=cid:{}>", many("%", 1_000_000)),
        format!("<a href='https://{}'>", many("&amp;", 400_000)),
        many("<li>", 500_000),
        format!("<table>{}", many("x", 500_000)),
        format!("<table>{}", many("<td><p>", 200_000)),
        format!("<table>{}", many("<b>x", 100_000)),
    ];
    for attack in attacks {
        let before = time_worked();
        let became = sanitised(&attack, Pictures::default());
        let took = time_worked() - before;
        let start: String = attack.chars().take(40).collect();
        assert!(took < Duration::from_secs(4), "{start}… took {took:?}");
        assert!(became.is_err() || became.is_ok_and(|clean| clean.len() < 12_000_000), "{start}…");
    }
    assert_eq!(sanitised(&many("<div>", 400), Pictures::default()), Err(TooDeep));
}

/// reliability 2.5: pictures are drawn anew; nothing a file holds beside its pixels gets through.
#[test]
fn a_picture_is_drawn_anew_smaller_and_upright() {
    let mut plain = encoded(RgbImage::from_pixel(300, 200, Rgb([9, 9, 9])), ImageFormat::Jpeg);
    // An EXIF block that says "turn me right" and where it was taken.
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0SECRET PLACE";
    let mut exif = vec![0xFF, 0xE1];
    exif.extend(u16::try_from(tiff.len() + 2).unwrap().to_be_bytes());
    exif.extend(tiff);
    plain.splice(2..2, exif);
    plain.extend(b"<script>alert(1)</script>");
    let drawn = preview(&plain, 150).unwrap();
    assert_eq!(drawn.media_type, "image/jpeg");
    let again = image::load_from_memory(&drawn.bytes).unwrap();
    assert_eq!((again.width(), again.height()), (100, 150));
    let holds = |needle: &[u8]| drawn.bytes.windows(needle.len()).any(|part| part == needle);
    assert!(!holds(b"SECRET") && !holds(b"Exif") && !holds(b"script"));
}

#[test]
fn what_can_be_seen_through_stays_so_and_every_known_kind_is_drawn() {
    let glass = RgbaImage::from_pixel(4, 4, Rgba([1, 2, 3, 128]));
    assert_eq!(preview(&png(glass.clone()), 100).unwrap().media_type, "image/png");
    for format in [ImageFormat::Gif, ImageFormat::WebP] {
        assert!(preview(&encoded(glass.clone(), format), 100).is_ok(), "{format:?}");
    }
    assert!(preview(&png(image::GrayImage::new(4, 4)), 100).is_ok());
}

/// reliability 2.5: an image bomb is judged by its header, within a second.
#[test]
fn a_picture_of_64_megapixels_is_refused_by_its_header_alone() {
    let began = Instant::now();
    let mut bomb = png(image::GrayImage::new(1, 1));
    bomb.splice(16..24, [8_000_u32.to_be_bytes(), 8_000_u32.to_be_bytes()].concat());
    let crc = crc32(&bomb[12..29]);
    bomb.splice(29..33, crc.to_be_bytes());
    assert_eq!(preview(&bomb, 100), Err(NoPreview::TooLarge));
    assert!(began.elapsed() < Duration::from_secs(1));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn what_is_no_picture_or_half_of_one_is_said_to_be_so() {
    for bytes in
        [&b""[..], b"MZ", b"<svg onload=alert(1)>", b"%PDF-1.7", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"BM\0\0"]
    {
        assert_eq!(preview(bytes, 100), Err(NoPreview::Unknown), "{bytes:?}");
    }
    let whole = png(RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8, y as u8, 0])));
    for end in [10, 40, whole.len() / 2] {
        assert_eq!(preview(&whole[..end], 100), Err(NoPreview::Damaged), "{end} bytes");
    }
}
