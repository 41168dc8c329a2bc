//! Every failure of every statement of every case.

use crate::case::{Case, Expected, endpoint_of};
use crate::cases;
use crate::driver::Fault;
use crate::state::State;
use crate::world::{Answer, World};

/// What happens without any failure.
struct Reference {
    before: State,
    once: State,
    twice: State,
    /// Of sending it, and of sending it once more.
    expected: [Expected; 2],
    statements: usize,
}

fn world(case: &Case) -> World {
    let mut world = World::new();
    (case.given)(&mut world);
    world
}

/// Sends the case's request with the cookies that the browser has without its answer.
fn send(world: &mut World, case: &Case) -> Option<Answer> {
    let cookies = world.cookies();
    let wanted = (case.request)(world);
    let answer = world.send(&wanted);
    world.set_cookies(cookies);
    answer
}

/// The answer has to be this one.
#[track_caller]
fn must_be(answer: Option<&Answer>, expected: Expected, when: &str) {
    let Some(answer) = answer else {
        panic!("{when}: nothing was answered instead of {expected:?}");
    };
    let is_right = answer.status == expected.status
        && expected.code.is_none_or(|code| answer.json["code"] == code);
    assert!(is_right, "{when}: {answer:?} instead of {expected:?}");
}

fn reference(case: &Case) -> Reference {
    let mut world = world(case);
    let name = case.name;
    let expected = case.expected(&endpoint_of(&(case.request)(&world)));
    let before = State::of(world.database(), name);
    world.database().plan(None);
    let first = send(&mut world, case);
    must_be(first.as_ref(), expected[0], name);
    let statements = world.database().seen();
    let once = State::of(world.database(), name);
    let second = send(&mut world, case);
    must_be(second.as_ref(), expected[1], &format!("{name}, sent twice"));
    let twice = State::of(world.database(), name);
    Reference {
        before,
        once,
        twice,
        expected,
        statements,
    }
}

/// Lets one statement fail, looks, and sends the request again; whether the fault struck.
fn fail(case: &Case, reference: &Reference, at: usize, fault: Fault) -> bool {
    let mut world = world(case);
    world.database().plan(Some((at, fault)));
    let status = send(&mut world, case).map(|answer| answer.status);
    if !world.database().fired() {
        return false;
    }
    world.database().plan(None);
    let when = format!(
        "{}, {fault:?} at statement {at}, answered {status:?}",
        case.name
    );
    let state = State::of(world.database(), &when);
    let is_done = state == reference.once;
    assert!(
        is_done || state == reference.before,
        "{when}: a half state; against before:\n{}against after:\n{}",
        reference.before.difference(&state),
        reference.once.difference(&state),
    );
    if status.is_some_and(|status| status < 400) {
        assert!(
            is_done,
            "{when}: reported and not stored\n{}",
            reference.once.difference(&state)
        );
    }
    let abandoned = matches!(fault, Fault::AbandonedBefore | Fault::AbandonedAfter);
    assert_eq!(status.is_none(), abandoned, "{when}");

    world.later(case.waits_ms);
    let again = send(&mut world, case);
    let state = State::of(world.database(), &format!("{when}, sent again"));
    // A request that changes nothing has one state before and after.
    let unchanged = reference.before == reference.once;
    let (expected, wanted) = if is_done && !unchanged {
        (reference.expected[1], &reference.twice)
    } else {
        (reference.expected[0], &reference.once)
    };
    must_be(again.as_ref(), expected, &format!("{when}, sent again"));
    assert!(
        state == *wanted,
        "{when}, sent again:\n{}",
        wanted.difference(&state)
    );
    true
}

/// How many failures struck a case.
fn run(case: &Case) -> usize {
    let reference = reference(case);
    let each = (0..reference.statements).flat_map(|at| Fault::ALL.map(|fault| (at, fault)));
    let struck = each.filter(|(at, fault)| fail(case, &reference, *at, *fault));
    let count = struck.count();
    println!(
        "{}: {} statements, {count} failures",
        case.name, reference.statements
    );
    count
}

#[test]
fn no_failure_of_any_statement_leaves_a_half_state_or_a_wrong_answer() {
    let only = std::env::var("FAULTS").unwrap_or_default();
    let mut struck = 0;
    let mut broken = Vec::new();
    for case in cases::all().filter(|case| case.name.contains(&only)) {
        // Every case is looked at, whatever others did.
        match std::panic::catch_unwind(|| run(case)) {
            Ok(count) => struck += count,
            Err(_) => broken.push(case.name),
        }
    }
    println!("{} cases, {struck} failures", cases::all().count());
    assert!(broken.is_empty(), "{broken:?}");
}
