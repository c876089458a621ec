//! Whether a prompt takes up the answer before it: neutral doubt, or a challenge with evidence.

use crate::words;

/// How a prompt takes up an earlier answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FollowUp {
    /// Doubt without a reason; the words that are left when the doubt is taken away.
    Doubt(Vec<String>),
    /// It names something that was seen: a run, an output, a value, a line.
    Evidence {
        /// It says that this speaks against the answer; without that it may be a new question.
        disputes: bool,
    },
}

/// Words that are doubt when nothing else is said.
const SHORT_DOUBTS: &str = "sure, no, wrong, hm, hmm, huh, what, true, source, proof";

const DOUBTS: &str = "\
    are you sure, you sure, are you certain, really, is that right, is that true, is that correct, is that so, \
    is this right, is this true, is this correct, that right, i don't think so, i dont think so, don't think \
    that's, i don't think that, i doubt, doubtful, not sure that's, not so sure, not sure about that, not \
    convinced, unconvinced, don't believe, dont believe, hard to believe, sounds wrong, sounds off, seems wrong, \
    seems off, looks wrong, doesn't sound right, doesn't seem right, doesn't look right, that's wrong, thats \
    wrong, that is wrong, that's not right, that's not true, that's not correct, that is not right, that is not \
    true, that is not correct, that's incorrect, that is incorrect, that's false, that is false, you're wrong, \
    you are wrong, youre wrong, you're mistaken, you are mistaken, i disagree, disagree, no way, double check, \
    doublecheck, check again, check that again, look again, think again, reconsider, can you verify, can you \
    confirm, please verify, please confirm, verify that, confirm that, how do you know, prove it, what makes \
    you, why do you think, why do you say, how sure, how confident, how certain, that can't be, that cannot be, \
    can't be right, can't be true, says who, are you guessing, making that up, making this up, hallucinating, \
    contradict, contradicts, is a contradiction, wrong answer, you sure about, come on, no it, nope, that makes \
    no sense, doesn't make sense, i think you're wrong, i am not so sure, certain about";

/// Words of doubt that say nothing about a subject.
const DOUBT_WORDS: &str = "\
    right, true, correct, certain, certainly, doubt, doubtful, convinced, unconvinced, believe, wrong, sounds, \
    sound, seems, seem, looks, false, mistaken, disagree, double, check, doublecheck, reconsider, verify, \
    confirm, prove, makes, sense, confident, guessing, making, hallucinating, hallucination, contradict, \
    contradicts, contradiction, answer, claim, claimed, said, incorrect, hmm, hm, well, way, honestly, cannot, \
    can't, come, nope, hard, off, statement, youre, dont, thats, maybe, quite, entirely, both";

const ACTIONS: &str = "\
    i ran, i just ran, i've run, i have run, i called, i just called, i tried, i tested, i executed, i printed, \
    i measured, i logged, i debugged, i stepped, i reproduced, i checked, i verified, i wrote a test, i added a \
    test, i added a print, i put a print, i opened, i read, i looked at, i grepped, i searched, i timed, we ran, \
    ran it, running it, calling it, when i run, when i call, if i run, if i call, in the repl, in a repl, in \
    python, in the debugger, my run, my test, the run, last run, i get, i got, i see, i saw, we get, we got, the \
    code says, the code does, the source says, the docstring says, the readme says, the test says, the output";

const RESULTS: &str = "\
    got, get, gets, gives, gave, returns, returned, prints, printed, shows, showed, output, outputs, result, \
    results, fails, fail, pass, breaks, return, failed, failing, passes, passed, green, red, raises, raised, \
    throws, equals, traceback, assertionerror, says, sees, is, was, see, saw";

const DISPUTES: &str = "\
    but, however, no, not, wrong, incorrect, contradicts, contradict, contradiction, disagree, actually, \
    instead, isn't, doesn't, don't, didn't, wasn't, yet, although, though, conflicts, differs, different, false, \
    never, nope, mistaken, opposite, unlike, nothing, only, still";

const QUESTION_STARTS: &str = "\
    what, where, which, who, how, why, does, do, is, are, can, could, should, would, did, when";

/// Reads a prompt as a follow-up, if it can be one.
pub(crate) fn read(text: &str) -> Option<FollowUp> {
    let text = words::readable(text);
    let plain = words::plain(text);
    if plain.is_empty() {
        return None;
    }
    evidence(text, &plain).or_else(|| doubt(text, &plain))
}

fn evidence(text: &str, plain: &[String]) -> Option<FollowUp> {
    let any_of = |list: &str| plain.iter().any(|word| words::is_among(word, list));
    let acted = words::hold(text, ACTIONS);
    let value = has_value(text, plain);
    let resulted = any_of(RESULTS);
    let pasted = text.contains("```") || any_of("traceback, assertionerror");
    let line = names_line(plain, text);
    let disputes = words::hold(text, "you said, you claimed, your answer") || any_of(DISPUTES);
    let asks = plain.first().is_some_and(|word| words::is_among(word, QUESTION_STARTS));
    let observed = acted && (resulted || value || pasted || line);
    let pointed = disputes && !asks && (line || pasted || (resulted && value) || acted);
    let quoted = line && resulted && !asks;
    (observed || pointed || quoted).then_some(FollowUp::Evidence { disputes })
}

/// A number, or something in back quotes or quotation marks.
fn has_value(text: &str, plain: &[String]) -> bool {
    text.contains('`')
        || text.contains('"')
        || plain.iter().any(|word| {
            word.chars().any(|character| character.is_ascii_digit())
                || matches!(word.as_str(), "none" | "true" | "false" | "empty" | "zero" | "nothing")
        })
}

fn names_line(plain: &[String], text: &str) -> bool {
    let numbered = plain.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "line" | "lines") && pair[1].starts_with(|digit: char| digit.is_ascii_digit())
    });
    numbered || text.contains(".py:")
}

fn doubt(text: &str, plain: &[String]) -> Option<FollowUp> {
    let short = plain.len() <= 3 && plain.iter().all(|word| words::is_among(word, SHORT_DOUBTS));
    if !short && !words::hold(text, DOUBTS) {
        return None;
    }
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '_' | '\'' | '’' | '.' | '/');
    let is_doubt = |word: &str| {
        let word = word.to_lowercase().replace('’', "'");
        words::is_among(word.trim_matches(['.', '/']), DOUBT_WORDS)
    };
    let kept: Vec<&str> = text.split(|character| !inside(character)).filter(|word| !is_doubt(word)).collect();
    Some(FollowUp::Doubt(words::stems(&kept.join(" ").replace('’', "'"))))
}

/// Whether a prompt only asks for more about the answer before it.
pub(crate) fn asks_for_more(text: &str) -> bool {
    const WHOLE: &str = "why, why so, how so, how come, why is that, go on, continue, and then, more, explain";
    const PART: &str = "tell me more, more detail, more details, elaborate, explain more, explain that, explain this, \
        explain it, what do you mean, in more detail, say more";
    let plain = words::plain(words::readable(text));
    plain.len() <= 8 && (words::is_among(&plain.join(" "), WHOLE) || words::hold(text, PART))
}

/// Whether a prompt only asks for the place of what the answer before it was about.
pub(crate) fn asks_for_the_place(text: &str) -> bool {
    const PLACE: &str = "where, which, what, show, me, the, line, lines, place, file, code, exactly, precisely, is, that, \
        this, it, in, please, ok, and, so, can, you, point, to";
    const ASKED: &str = "where, line, lines, place, file, code";
    let plain = words::plain(words::readable(text));
    plain.len() <= 8
        && plain.iter().all(|word| words::is_among(word, PLACE))
        && plain.iter().any(|word| words::is_among(word, ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_doubt_is_told_from_evidence_and_from_questions() {
        for doubt in [
            "are you sure?",
            "Really?",
            "really??",
            "I don't think so",
            "I don’t think so.",
            "Hm, is that right?",
            "that's wrong",
            "no",
            "Can you double check that?",
            "I'm not convinced.",
            "you're wrong about this",
            "how do you know?",
            "that doesn't sound right to me",
            "Hmm.",
            "sure?",
        ] {
            assert_eq!(read(doubt), Some(FollowUp::Doubt(Vec::new())), "{doubt:?}");
        }
        for evidence in [
            "I called newest([v9, v10]) and got v9",
            "but line 14 compares strings",
            "I ran the test and it fails",
            "No: corpus.py:14 sorts by text",
            "when I run it I get 1.0",
            "You said it uses the date, but the output is `v9`",
            "That's not what I see: it returned 0.5",
            "```\nassert 1 == 2\n```\nbut you said they are equal",
            "I printed the key and it is (9,) not (10,)",
            "really? I tried it in the repl and it gives 3",
        ] {
            assert!(matches!(read(evidence), Some(FollowUp::Evidence { .. })), "{evidence:?}: {:?}", read(evidence));
        }
        for question in [
            "what does newest do?",
            "where is faithfulness defined",
            "what does line 14 of corpus.py do?",
            "does it return 1.0?",
            "which tests cover it?",
            "what happens for version 10?",
            "",
            "🙂",
            "is top_k = 4 too small?",
        ] {
            assert_eq!(read(question), None, "{question:?}");
        }
    }

    #[test]
    fn doubt_about_something_keeps_its_words() {
        assert_eq!(read("are you sure about faithfulness?"), Some(FollowUp::Doubt(vec!["faithful".into()])));
    }

    #[test]
    fn evidence_without_dispute_may_be_a_new_question() {
        let read = read("I ran the suite and it passes, where should I look?");
        assert_eq!(read, Some(FollowUp::Evidence { disputes: false }));
    }

    #[test]
    fn a_prompt_that_only_asks_where_is_known() {
        for prompt in ["where exactly?", "show me the line", "Which file is that in?", "where"] {
            assert!(asks_for_the_place(prompt), "{prompt}");
        }
        for prompt in ["where is top_k used", "which tests?", "show me", "what is it", ""] {
            assert!(!asks_for_the_place(prompt), "{prompt}");
        }
    }
}
