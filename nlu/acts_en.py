"""How acts are said in English: phrases that make up short utterances, and shapes found anywhere."""

from __future__ import annotations

import re

from nlu.tagging import Lexicon, phrases, word_lexicon
from nlu.types import Act

LETTERS = {
    "a": Act.AFFIRM,
    "d": Act.DENY,
    "x": Act.CANCEL,
    "c": Act.CORRECT,
    "h": Act.ASK_HUMAN,
    "w": Act.ASK_WHY,
    "e": Act.HELP,
    "r": Act.RESTART,
    "p": Act.REPEAT,
    "i": Act.WAIT,
    "l": Act.LATER,
    "o": Act.OPT_OUT,
    "g": Act.GREET,
    "t": Act.THANK,
}

_PHRASES = {
    "a": """yes, yep, yeah, yup, ya, yea, yess, yesss, yes yes, y, sure, sure thing, ok, okay, okey, k, kk, okie,
        alright, all right, fine, absolutely, definitely, certainly, of course, correct, right, that's right,
        that is right, that's correct, that is correct, exactly, indeed, true, affirmative, confirm, confirmed,
        i confirm, agree, agreed, i agree, i accept, accept, accepted, i consent, consent, go ahead, go for it,
        please do, do it, do that, file it, submit, submit it, send it, proceed, carry on, continue,
        sounds good, sounds right, looks good, looks right, looks correct, looks fine, good, great, perfect,
        works for me, that works, that's it, that's the one, that's fine, that is fine, i do, it is, it does,
        it has, it did, i did, i have, we did, i'm sure, no problem, you may, please file it, all good,
        all correct, everything is correct, everything is right, approved, i approve, roger, by all means,
        why not, ok go ahead, lgtm, si, oui, uh huh, mhm, you got it, spot on, aye, yessir, make it so,
        let's do it, let's go, happy with that, i'm happy with that, i'm ok with that, is correct, is right,
        save it, update it, it's correct, it's right, all is correct, please proceed, please continue, you can,
        fire away, still right, 👍, 👌, ✅, 🆗""",
    "d": """no, nope, nah, no no, n, na, noo, nooo, never, not really, negative, no way, no thanks, no thank you,
        don't, do not, please don't, don't do it, don't do that, don't file it, don't submit, not correct,
        not right, that's not right, that is not right, incorrect, that's not correct, that is not correct,
        it's not, it is not, it isn't, isn't right, isn't correct, it hasn't, it has not, it's not right,
        it's not correct, disagree, i disagree, i don't agree, i do not agree, i don't consent, i refuse,
        refuse, i decline, decline, rather not, i'd rather not, i would rather not, i'd rather not say,
        prefer not to, i'd prefer not to, i would rather not say, i'd prefer not to say,
        prefer not to say, rather not say, i'd rather not tell you, that's private, it's private,
        none of your business, not telling, not telling you, don't want to, i don't want to,
        i don't want that, not at all,
        no need, not necessary, nothing, nothing else, nothing more, none, no more, i didn't, i did not,
        i haven't, i don't, i do not, skip, skip it, skip this, skip that, pass, not me, that's not me,
        that's not mine, not mine, definitely not, certainly not, of course not, absolutely not, not yet,
        nothing changed, nothing has changed, no changes, no change, that's all, that is all""",
    "x": """cancel, cancel it, cancel this, cancel that, cancel everything, cancel the change, cancel the update,
        cancel the request, cancel my request, cancel my change, never mind, nevermind, nvm, forget it,
        forget about it, forget that, forget the, forget my, forget about the, forget about my, drop the,
        drop my, leave out the, skip the, stop, stop it, stop this, abort, quit, exit, leave it, drop it, scrap it,
        scrap that, discard, discard it, leave it as it is, leave it alone, don't bother, no longer needed,
        not needed anymore, changed my mind, i changed my mind, i've changed my mind, i have changed my mind,
        undo, withdraw, withdraw it, call it off, end this, i don't want to change it,
        i don't want to change anything, let's stop, stop here, keep it as it is, keep the old one, abandon,
        i want to cancel, i'd like to cancel, please cancel""",
    "c": """wrong, that's wrong, that is wrong, it's wrong, this is wrong, is wrong, not that, not that one,
        change it, change that, change this, change something, edit, edit it, let me change, let me change it,
        let me correct, let me fix, let me correct that, fix it, correct it, correct that, modify, modify it,
        typo, a typo, there's a typo, there is a typo, mistake, a mistake, there's a mistake,
        there is a mistake, my mistake, my bad, i made a mistake, i made a typo, correction, i meant, i mean,
        wrong one, wrong number, wrong address, oops, whoops, woops, i mistyped, mistyped, the other one,
        one thing is wrong, something is wrong, i want to change something, i want to change it,
        i need to correct it, go back, not quite, i need to change something, i gave you the wrong one,
        that was wrong, should be, it should be""",
    "h": """human, agent, a human, a person, operator, representative, real person, live agent, customer service,
        customer support, human please, agent please, a real person, live chat, talk to someone,
        speak to someone, a colleague""",
    "w": """why, why do you ask, why do you ask that, why do you need that, why do you need this,
        why do you need it, what for, why that, why is that needed, why is this needed,
        what do you need it for, what do you need that for, why are you asking, how come, why should i, why so,
        why the code, why a code, why this code, why another code, why the address, why my address,
        why my number, why my phone number, why my phone, why my email, why my name, why the question,
        why the questions,
        for what, what's it for, what is it for, why this, reason""",
    "e": """help, help me, help please, i need help, what can you do, how does this work, how does it work,
        what do you mean, what does that mean, i don't understand, i do not understand, don't understand,
        i don't get it, menu, options, what are my options, what should i do, what now, what do i do,
        what do i do now, i'm confused, confused, not clear, what do you want, instructions, faq,
        commands, info, which one, i'm lost, explain, can you explain""",
    "r": """restart, start over, start again, start from the beginning, from the beginning, begin again, reset,
        start from scratch, from scratch, start anew, let's start over, let's start again, back to the start,
        redo, do over, start fresh""",
    "p": """repeat, repeat that, repeat please, say again, say that again, again, come again, pardon, pardon me,
        sorry what, what did you say, what was that, what was the question, once more, one more time,
        can you repeat that, could you repeat that, can you repeat, could you repeat, what did you ask,
        i missed that, i didn't catch that, what was it again, resend, send it again, resend the code,
        send again, send a new code, resend code, excuse me, can you say that again, could you say that again,
        what, wat, huh, eh, sorry what was that, sorry what did you say, say what""",
    "i": """wait, wait a moment, wait a minute, wait a sec, wait a second, one moment, one moment please, one sec,
        one second, one minute, just a moment, just a minute, just a second, just a sec, hold on,
        hold on a second, hold on a sec, hang on, a moment, a moment please, a second, moment, sec,
        give me a moment, give me a minute, give me a second, give me a sec, brb, be right back, let me check,
        let me look, let me see, let me find it, let me think, please wait, hmm, i'm looking, i'm checking,
        don't file it yet, do not file it yet, don't submit it yet, don't send it yet, not just yet, hold off,
        hold off please,
        i need a minute, i need a moment, bear with me, two minutes, 1 sec, 1 min, 2 min, 5 min, five minutes""",
    "l": """later, not now, maybe later, not today, tomorrow, another time, some other time, remind me later,
        ask me later, i'll do it later, i will do it later, do it later, do this later, let's do it later,
        let's do this later, come back later, i'll come back, i'm busy, i'm busy now, busy, busy now,
        not right now, not at the moment, later please, i'll get back to you, i'm driving, no time, in a while,
        i don't have time, can we do this later, can we do it later, i'll do that later, next time,
        ask me tomorrow, next week, talk later, i'll think about it, in an hour""",
    "o": """unsubscribe, stop asking, stop asking me, don't ask me again, don't ask again, do not ask again,
        never ask again, don't contact me, do not contact me, don't message me, don't message me again,
        stop messaging me, stop sending me messages, stop texting me, opt out, i want to opt out,
        leave me alone, remove me from your list, take me off your list, stop contacting me, no more messages,
        no more check-ins, no more reminders, stop bothering me, quit messaging me, don't text me, stopall,
        remove me, stop these messages""",
    "g": """hi, hello, hey, hiya, howdy, good morning, good afternoon, good evening, good day, greetings, hi there,
        hello there, hey there, hii, hiii, heya, yo, morning, evening, how are you, what's up, sup, hey bot,
        helo, helloo, hi again, hello again, hey again, good morning again, hi there again, it's me again,
        me again, i'm back, back again""",
    "t": """thanks, thank you, thx, ty, tnx, thank you so much, thanks a lot, thank you very much, many thanks,
        much appreciated, appreciated, thanks so much, cheers, thankyou, thank u, i appreciate it,
        thanks for your help, thank you for your help, great thanks, that's great thanks, tysm, that's kind,
        very kind""",
    "~": """to me, by me, with me, please, pls, plz, sir, madam, ma'am, then, now, so, well, oh, ah, um, uh, er,
        hm, and, it, is, it's, that, that's, this, just, very, really, much, all, with, me, for, my, our, the,
        a, everything, above, here, bot, there, yet, new, address, phone, number, email, name, details, one,
        you, i, think, i think, i guess, guess, already, again please, lol, haha, man, mate, dear, friend, bye,
        goodbye, see you, as is, actually, sorry, i'm sorry, of it, to it, today, for now, can you, could you,
        will you, would you, yours, do, am, i'm, okay?, totally, completely, quite, got it, i see, understood,
        cool, nice, awesome, excellent, wonderful, amazing, wow, have a nice day, have a good day, too, change,
        to that, kindly, immediately, asap""",
}

REAL = frozenset(["were", "well", "ill", "id", "its"])


def act_lexicon_en() -> Lexicon:
    """Build the lexicon of short English answers."""
    return word_lexicon(phrases(_PHRASES), (), REAL)


_PEOPLE = (
    r"(?:humans?|persons?|agents?|people|operators?|represent[a-z]{2,8}|reps?|somebody|someone|"
    r"advis[eo]rs?|consultants?|colleagues?|"
    r"supervisors?|managers?|staff|employees?|customer (?:service|support|care)|support(?: team)?|call cent(?:er|re))"
)
_NOT_HUMAN = r"(?! number| id| card)"
ANYWHERE_EN: tuple[tuple[Act, frozenset[str], re.Pattern[str]], ...] = (
    (
        Act.ASK_HUMAN,
        frozenset(
            [
                "huma",
                "agen",
                "oper",
                "repr",
                "rep",
                "reps",
                "pers",
                "peop",
                "some",
                "advi",
                "cons",
                "coll",
                "supe",
                "mana",
                "staf",
                "empl",
                "cust",
                "supp",
                "bot",
                "bot.",
                "mach",
                "robo",
            ]
        ),
        re.compile(
            r"\b(?:talk|speak|chat|connect(?: me)?|transfer(?: me)?|put me through|pass me|hand me over|"
            r"escalate(?: this)?|talking|speaking)"
            r" (?:to|with|on to|over to) (?:[a-z']{1,9} ){0,3}" + _PEOPLE + r"\b"
            r"|\b(?:want|need|get|get me|give me|like|prefer|contact|is there|call|let me have|"
            r"speak with) (?:me )?(?:an? |your |some )?"
            r"(?:actual |real |live |human |proper )(?:[a-z]{1,9} )?" + _PEOPLE + r"\b"
            r"|\b(?:want|need|get me|give me|prefer|contact) (?:an? |the |your )?(?:humans?|agents?|"
            r"operators?|represent[a-z]{2,8}|customer service|customer support)\b"
            + _NOT_HUMAN
            + r"|\b(?:real|live|actual) (?:person|human|agent|people)\b|\bnot (?:to )?(?:an? |this )?(?:bot|"
            r"machine|robot)\b|\bspeak with someone\b"
        ),
    ),
    (
        Act.ASK_WHY,
        frozenset(["why", "what", "come", "y"]),
        re.compile(
            r"\b(?:why|y|how come) (?:do|would|should|must|does|are|r|is|did|d'?ya) (?:you|u|ya|i|we|they|it|that|"
            r"this)(?: guys)?(?: really| even| always)? "
            r"(?:need|ask|want|require|have to|collect|provide|give|tell|necessary|needed|required|asking|important)"
            r"|\bwhat (?:do|will|would) you (?:need|want|use|do with) (?:it|that|this|my)\b(?! to)"
            r"|\bwhy is (?:that|this|it|my [a-z]{2,12}) (?:necessary|needed|required|important)"
            r"|\bhow come you (?:need|want|ask)|\bwhat(?:'s| is) (?:the (?:reason|purpose|point)|it for|"
            r"that for|this for)"
        ),
    ),
    (
        Act.OPT_OUT,
        frozenset(["stop", "quit", "don'", "dont", "not", "neve", "unsu", "opt", "opti", "more"]),
        re.compile(
            r"\b(?:stop|quit) (?:asking|messaging|contacting|texting|sending|bothering|spamming|pestering)\b(?! for)"
            r"|\b(?:don't|dont|do not|never) (?:ever )?(?:ask|message|contact|text|bother|write to) (?:me|"
            r"us)\b(?! (?:for|about) my)(?! (?:on|at|by|via)\b)"
            r"|\b(?:no more|unsubscribe me from|opt me out|take me off)\b.{0,20}\b(?:messages|reminders|"
            r"check-?ins|list|texts|questions)\b|\bopt(?:ing)? out\b"
        ),
    ),
    (
        Act.RESTART,
        frozenset(["over", "agai", "scra", "begi"]),
        re.compile(r"\b(?:start|begin|do it) (?:all )?(?:over|again from|from scratch|from the (?:start|beginning))\b"),
    ),
    (
        Act.REPEAT,
        frozenset(["repe", "agai", "ques", "say", "ask", "code", "sms", "text", "rese"]),
        re.compile(
            r"\b(?:repeat (?:that|the question|it|yourself)|say (?:that|it) again|what (?:was|is) (?:the|"
            r"your) question|what did you (?:say|ask)"
            r"|(?:re-?send|send) (?:me )?(?:the |a |another |that )?(?:new )?code|(?:didn't|did not|"
            r"haven't|never|not) (?:receive|received|get|got|gotten) (?:any |the |a |that )?(?:code|text|"
            r"sms)|new code)\b"
        ),
    ),
    (
        Act.WAIT,
        frozenset(["hold", "hang", "wait", "mome", "minu", "mins", "min", "sec", "seco", "bear", "righ", "let"]),
        re.compile(
            r"\b(?:hold on|hang on|wait a (?:moment|minute|sec|second|bit)|give me (?:a|one|two|five|"
            r"\d{1,2}) (?:moment|minutes?|mins?|sec|seconds?)"
            r"|just a (?:moment|minute|sec|second)|one (?:moment|sec|second|minute)|bear with me|"
            r"be right back|let me (?:check|look|find|see|get|grab|ask))\b"
        ),
    ),
    (
        Act.LATER,
        frozenset(["late", "tomo", "toni", "next", "time", "now", "busy", "driv", "work", "meet", "wait"]),
        re.compile(
            r"\b(?:(?:do|finish|continue|handle|send|ask|remind|get back|come back|come) (?:it |this |"
            r"that |me |to (?:you|this|it) )?(?:later|tomorrow|tonight|next week|another time|"
            r"some other time)"
            r"|not (?:right )?now\b|maybe later|i'?m (?:busy|driving|at work|in a meeting)|can this wait)"
        ),
    ),
    (
        Act.CANCEL,
        frozenset(["neve", "nvm", "forg", "mind", "canc", "don'", "dont", "not", "stop", "call", "drop"]),
        re.compile(
            r"\b(?:never ?mind|forget (?:about )?it|(?:i(?:'ve| have)? )?changed my mind|cancel (?:it|"
            r"this|that|everything|all of it|the (?:whole thing|change|update|request|process))"
            r"|(?:don't|do not|dont) want to (?:do this|continue|go on|change (?:it|anything|that))|"
            r"stop (?:this|the process|here)|call it off|drop (?:it|the whole thing))(?! anymore\?)\b"
        ),
    ),
    (
        Act.HELP,
        frozenset(
            ["unde", "foll", "mean", "what", "work", "answ", "don'", "dont", "use", "didn", "who", "are", "this"]
        ),
        re.compile(
            r"\b(?:(?:don't|do not|dont|didn't) (?:understand|get it|follow)|what do you mean|what (?:can|"
            r"do) you do\b|how does (?:this|it) work|what should i (?:do|type|write|send|enter)|"
            r"what am i supposed to|how do i (?:answer|use) this|who (?:are|is) (?:you|this)\b|"
            r"(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with)) (?:just )?an? (?:\w+ )?"
            r"(?:ro)?(?:bot|human|person|machine|computer)\b|are you (?:a )?(?:human|real))"
        ),
    ),
)

LEAVES_EN = re.compile(
    r"\b(?:leave|keep) (?:the |my )?[a-z -]{3,24} (?:as (?:it )?is|as it was|the same|alone)\b"
    r"|\b(?:don'?t|do not|no need to) (?:change|update|touch) (?:the|my)\b|\bstays? (?:the same|as (?:it )?is)\b"
)
"""Leaving one of several details as it is."""
UNKNOWN_EN = re.compile(
    r"^(?:(?:no|nope|sorry|well|um|hm+|actually|honestly|oh|ugh)[\s,.!]{1,3}){0,3}"
    r"(?:i |we )?(?:really )?(?:don'?t|do not|can'?t|cannot|haven'?t|have not) (?:even )?(?:know|remember|"
    r"recall|have|got|find)\b(?! to\b)(?!.{0,20}\b(?:any ?more|now)\b)|^(?:idk|dunno|no idea|no clue)\b"
)
"""Not knowing, or not having, the value that is asked for."""
DECLINES_EN = re.compile(
    r"^(?:(?:no|nope|sorry|well|um|hm+|actually|honestly)[\s,.!]{1,3}){0,3}"
    r"(?:i|we|i'd|we'd)? ?(?:would |'d )?(?:really )?(?:rather|prefer)(?: to)? not\b"
    r"|^(?:no[\s,.!]{1,3})?(?:i'm |i am )?not (?:telling|saying|giving|sharing)\b"
)
"""Declining to say; the rest of the sentence does not matter."""

CORRECTS_EN = re.compile(
    r"^(?:no|nope|nah|sorry|oops|whoops|wait)\b[\s,.!-]{1,4}(?:sorry\b[\s,.!-]{0,3})?(?:it'?s |it is |"
    r"that'?s |i meant |i mean |make it |make that |should be |the |my |not )?"
    r"(?=\S{0,40}\d|apt|apartment|flat|unit|suite|floor|room|with |should|street|st\b)"
    r"|\b(?:actually|correction|i meant|i mean(?:t)? to|should(?:'ve| have)? (?:be|been|say|read)|"
    r"instead of|rather than|i mistyped|typo|made a mistake|got it wrong|gave you the wrong|"
    r"wrong (?:number|address|email|name|postcode|zip|one)|"
    r"is (?:wrong|incorrect|not right|not correct)|(?:isn't|not) (?:right|correct)|misspel(?:led|t))\b"
    r"|\bnot (?:the )?[\w'@.-]{1,40}(?: [\w'.-]{1,20}){0,3}?,? (?:but|it'?s|its) |"
    r"^not [\w'@.-]{1,30}[,;.]? \S|\b[\w'@.-]{1,30},? not (?:an? |the )?[\w'@.-]{1,30}[.!]?$"
    r"|^(?:change|make|switch|set) (?:it|that|the [a-z]{2,12}(?: [a-z]{2,12})?|my [a-z]{2,12}(?: [a-z]{2,12})?) to "
)
