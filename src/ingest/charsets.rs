//! Words in every charset that mail brings, and under labels that are unknown or lie (lessons 49, 50).

use super::read;

/// Bodies: what the label says, the bytes, what an officer must see.
const BODIES: [(&str, &[u8], &str); 40] = [
    ("utf-8", "Café – 20 €".as_bytes(), "Café – 20 €"),
    ("UTF8", "Café".as_bytes(), "Café"),
    ("\"utf-8\"", "Łódź".as_bytes(), "Łódź"),
    ("utf-8", b"Caf\xE9 in 1252", "Café in 1252"),
    ("utf-8", b"\xEF\xBB\xBFmark first", "mark first"),
    ("utf-8", b"\xFF\xFEC\0a\0f\0\xE9\0", "Café"),
    ("utf-8", b"\xFE\xFF\0C\0a\0f\0\xE9", "Café"),
    ("utf-8", b"C\0a\0f\0e\0", "Cafe"),
    (
        "utf-8",
        b"\xED\xA0\x80lone surrogate \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9",
        "\u{FFFD}\u{FFFD}\u{FFFD}lone surrogate éééé",
    ),
    ("iso-8859-1", b"Caf\xE9", "Café"),
    ("iso-8859-1", b"\x93quoted\x94 \x96 \x80", "“quoted” – €"),
    ("iso-8859-1", "Café – 20 €".as_bytes(), "Café – 20 €"),
    ("us-ascii", b"Caf\xE9", "Café"),
    ("us-ascii", "Ŵyn a thŷ".as_bytes(), "Ŵyn a thŷ"),
    ("ANSI_X3.4-1968", b"Caf\xE9", "Café"),
    ("windows-1252", "Café".as_bytes(), "Café"),
    ("1252", b"Caf\xE9 \x80", "Café €"),
    ("cp-1252", b"Caf\xE9", "Café"),
    ("X-UNKNOWN", b"Caf\xE9", "Café"),
    ("unknown-8bit", b"Caf\xE9", "Café"),
    ("x-user-defined", b"Caf\xE9", "Café"),
    ("default", "Café".as_bytes(), "Café"),
    ("iso-8859-2", b"Le\xB6niewska", "Leśniewska"),
    ("windows-1250", b"\xA3\xF3d\x9F", "Łódź"),
    ("cp1250", "Łódź".as_bytes(), "Łódź"),
    ("iso-8859-14", b"\xD0\xFE", "Ŵŷ"),
    ("iso-8859-15", b"20 \xA4", "20 €"),
    ("windows-1251", b"\xC6\xE0\xEB\xEE\xE1\xE0", "Жалоба"),
    ("koi8-r", b"\xF6\xC1\xCC\xCF\xC2\xC1", "Жалоба"),
    ("iso-8859-8-i", b"\xF9\xEC\xE5\xED", "שלום"),
    ("iso-8859-8", b"\xF9\xEC\xE5\xED", "שלום"),
    ("windows-1256", b"\xD4\xDF\xE6\xEC", "شكوى"),
    ("gb2312", b"\xCD\xB6\xCB\xDF", "投诉"),
    ("gbk", b"Caf\xE9.", "Café."),
    ("big5", b"\xA7\xEB\xB6D", "投訴"),
    ("iso-2022-jp", b"\x1B$B6l>p\x1B(B", "苦情"),
    ("shift_jis", b"\x8B\xEA\x8F\xEE", "苦情"),
    ("euc-kr", b"\xBA\xD2\xB8\xB8", "불만"),
    ("utf-7", b"Caf+AOk- for 20 +IKw-", "Café for 20 €"),
    ("utf-16le", b"not UTF-16 at all, caf\xC3\xA9", "not UTF-16 at all, café"),
];

/// lessons 49: 40 samples, readable, no character lost where it can be known.
#[test]
fn bodies_are_readable_under_any_label() {
    for (label, bytes, expected) in BODIES {
        let mut message =
            format!("From: a@example.org\r\nContent-Type: text/plain; charset={label}\r\n\r\n").into_bytes();
        message.extend_from_slice(bytes);
        assert_eq!(read(&message).text, expected, "{label}");
        let encoded = data_encoding::BASE64.encode(bytes);
        let message = format!(
            "From: a@example.org\r\nContent-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
        );
        assert_eq!(read(message.as_bytes()).text, expected, "{label} in base64");
    }
}

/// lessons 49: encoded words mixed with each other, with 8-bit bytes and with mistakes.
#[test]
fn subjects_and_names_are_readable_however_they_are_encoded() {
    let samples: [(&[u8], &str); 15] = [
        (b"=?utf-8?B?xYHDs2TFug==?=", "Łódź"),
        (b"=?utf-8?Q?Damp?= =?iso-8859-1?Q?_caf=E9?=", "Damp café"),
        (b"Re: =?utf-8?Q?caf=C3=A9?= Caf\xE9", "Re: café Café"),
        (b"=?utf-8?B?w?= =?utf-8?B?qQ==?=", "©"),
        (b"=?us-ascii?Q?Caf=E9?=", "Café"),
        (b"=?X-UNKNOWN?Q?Caf=E9?=", "Café"),
        (b"=?1252?Q?=80?=", "€"),
        (b"=?iso-8859-8-i?B?+ezl7Q==?=", "שלום"),
        (b"=?utf-7?Q?Caf+AOk-?=", "Café"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"=?utf-8?Q?a=00b?=", "ab"),
        (b"=?utf-8?Q?not ended", "=?utf-8?Q?not ended"),
        ("Sŵn 📷".as_bytes(), "Sŵn 📷"),
        (b"\x93Caf\xE9\x94", "“Café”"),
        (b"=?iso-8859-1?Q?=C3=A9?=", "é"),
    ];
    for (written, expected) in samples {
        assert_eq!(read(&subject(written)).subject, expected, "{}", String::from_utf8_lossy(written));
    }
    for (written, expected) in
        samples.iter().filter(|(written, _)| !written.contains(&b' ') && written.starts_with(b"=?"))
    {
        let mut message = b"From: ".to_vec();
        message.extend_from_slice(written);
        message.extend_from_slice(b" <a@example.org>\r\n\r\nx");
        let reading = read(&message);
        assert_eq!(reading.from_name, *expected, "{}", String::from_utf8_lossy(written));
        assert_eq!(reading.from.unwrap().as_str(), "a@example.org");
    }
}

fn subject(value: &[u8]) -> Vec<u8> {
    [b"From: a@example.org\r\nSubject: ", value, b"\r\n\r\nx"].concat()
}

/// lessons 57 and 49: names of attachments, continued, encoded and mislabelled.
#[test]
fn attachments_keep_their_names() {
    for (parameters, expected) in [
        ("filename*=utf-8''Caf%C3%A9.pdf", "Café.pdf"),
        ("filename*=us-ascii''B%F6rde.pdf", "Börde.pdf"),
        ("filename*=x-unknown'en'B%F6rde.pdf", "Börde.pdf"),
        ("filename*0*=iso-8859-1''Caf%E9; filename*1*=%20am; filename*2=\" Eck.pdf\"", "Café am Eck.pdf"),
        ("filename*0=\"long na\"; filename*1=\"me.pdf\"", "long name.pdf"),
        ("filename=\"=?utf-8?Q?Caf=C3=A9.pdf?=\"", "Café.pdf"),
        ("filename=\"=?iso-8859-1?Q?Caf=E9?= =?iso-8859-1?Q?.pdf?=\"", "Café.pdf"),
        ("filename==?utf-8?B?Q2Fmw6kucGRm?=", "Café.pdf"),
        ("filename=\"Caf\u{e9} 📷.pdf\"", "Café 📷.pdf"),
        ("filename=\"../../CON\"", "_CON"),
        ("x=y", "attachment.pdf"),
    ] {
        let message = format!(
            "From: a@example.org\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {parameters}\r\n\r\nx"
        );
        assert_eq!(read(message.as_bytes()).attachments[0].name, expected, "{parameters}");
    }
    let raw = b"From: a@example.org\nContent-Type: image/jpeg; name=\"K\xFCche.jpg\"\n\nx";
    assert_eq!(read(raw).attachments[0].name, "Küche.jpg", "in raw 8-bit bytes");
}
