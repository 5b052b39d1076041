//! All phrases at once find what each phrase by itself would.

use proptest::prelude::*;

use super::*;

/// Words of which some are parts, beginnings and plurals of others.
const WORDS: [&str; 12] =
    ["no", "heating", "Heatings", "no heating", "mould", "café", "cafe", "can’t", "cant", "box", "Boxes", "-"];

fn words(text: &str) -> Vec<String> {
    let mut folded = String::new();
    fold(text, &mut folded);
    folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether the phrase stands in the text, word for word.
fn stands(phrase: &str, text: &str) -> bool {
    let (phrase, text) = (words(phrase), words(text));
    !phrase.is_empty() && text.windows(phrase.len()).any(|here| here == phrase)
}

proptest! {
    #[test]
    fn all_phrases_at_once_find_what_each_by_itself_would(
        lists in prop::collection::vec(
            prop::collection::vec(
                prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..4).prop_map(|words| words.join(" ")),
                0..6,
            ),
            0..4,
        ),
        passages in prop::collection::vec(prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..12), 0..4),
        between in prop::sample::select(vec![" ", "\n", ", ", "… "]),
    ) {
        let phrases = Phrases::new(lists.iter().map(Vec::as_slice), Ours::default());
        let passages: Vec<String> = passages.iter().map(|words| words.join(between)).collect();
        let reading = Reading { text: passages.join("\n\n"), ..Reading::default() };
        let expected: Vec<Vec<usize>> = lists
            .iter()
            .map(|list| {
                let said = |phrase: &String| passages.iter().any(|passage| stands(phrase, passage));
                (0..list.len()).filter(|place| said(&list[*place])).collect()
            })
            .collect();
        prop_assert_eq!(phrases.find(&reading), expected);
    }
}
