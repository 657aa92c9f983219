"""Common given and family names in the United States.

Facts from the public lists of the Social Security Administration (given names) and the Census
Bureau (family names, 2010), shortened to those a phone line meets most. The name reader and the
recogniser's language model share them; an owner adds more in the business file.
"""

from __future__ import annotations

from typing import Final


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


COMMON_FIRST_NAMES: tuple[str, ...] = _listed("""
    aaron abby abigail adam adrian aisha alan albert alejandro alex alexander alexandra alexis
    alfred alice alicia allen allison alyssa amanda amber amy ana andre andrea andrew angel
    angela angelica anita ann anna anne annie anthony antonio april ariana arthur ashley audrey
    austin ava barbara ben benjamin bernard beth betty beverly bill billy bob bobby bonnie brad
    bradley brandon brenda brian brittany brooke bruce bryan caleb calvin cameron carl carla
    carlos carmen carol caroline carolyn carrie catherine cathy chad charles charlie charlotte
    chelsea cheryl chloe chris christian christina christine christopher cindy claire clara
    clarence cody colin connie connor corey courtney craig crystal curtis cynthia dale dan dana
    daniel danielle danny darren dave david dawn dean debbie deborah debra denise dennis derek
    diana diane diego dolores don donald donna doris dorothy doug douglas dustin dylan earl ed
    eddie edith edward edwin elaine eleanor elena eli elijah elizabeth ella ellen emily emma
    eric erica erin ethan eugene eva evan evelyn faith felicia fernando florence frances francis
    francisco frank fred gabriel gabriella gail gary gene george gerald gina gladys glenn gloria
    grace greg gregory hannah harold harry hazel heather hector heidi helen henry holly howard
    ian irene isaac isabella ivan jack jackie jackson jacob jacqueline jade jake james jamie
    jane janet janice jasmine jason javier jay jean jeff jeffrey jennifer jenny jeremy jerome
    jerry jesse jessica jesus jill jim jimmy joan joann joanne joe joel john johnny jon jonathan
    jordan jorge jose joseph josh joshua joy joyce juan juanita judith judy julia julian julie
    june justin karen karl katherine kathleen kathryn kathy katie kayla keith kelly ken kenneth
    kevin kim kimberly kristen kyle larry laura lauren laurie lawrence leah lee leo leon leslie
    levi liam lillian linda lindsay lisa logan lois lori louis louise lucas lucy luis luke lynn
    madison marcus margaret maria marie marilyn mario marion marissa marjorie mark marlene
    marsha martha martin marvin mary mason matt matthew maureen max megan melanie melissa melvin
    mia michael micheal michele michelle miguel mike mildred mindy miranda mitchell molly monica
    morgan nancy naomi natalie nate nathan nathaniel neil nicholas nick nicole nina noah norma
    norman olivia omar oscar owen pam pamela patricia patrick patty paul paula pedro peggy penny
    peter phil philip phillip phyllis priya rachel ralph ramon randall randy ray raymond rebecca
    regina renee ricardo richard rick ricky rita rob robert roberto robin rodney roger roland
    ron ronald rosa rose rosemary ross roy ruben ruby russell ruth ryan sally sam samantha
    samuel sandra sandy sara sarah scott sean sergio seth shane shannon sharon shaun shawn
    sheila shelby shelly sherry shirley simon sofia sonia sophia spencer stacy stanley stephanie
    stephen steve steven stuart sue susan suzanne sydney sylvia tamara tammy tanya tara taylor
    ted teresa terrance terri terry theodore theresa thomas tiffany tim timothy tina todd tom
    tommy toni tony tracy travis trevor troy tyler valerie vanessa veronica vicki victor
    victoria vincent viola virginia vivian wade walter wanda warren wayne wendy wesley will
    william willie wyatt yolanda yvonne zachary zoe
""")
"""Given names, lower case, alphabetical."""

COMMON_LAST_NAMES: tuple[str, ...] = _listed("""
    adams aguilar alexander allen alvarado alvarez anderson andrews armstrong arnold austin
    bailey baker banks barnes barnett barrett bates beck bell bennett berry bishop black boyd
    bradley brewer brooks brown bryant burke burns burton butler byrd caldwell campbell carlson
    carpenter carr carroll carter castillo castro chambers chan chapman chavez chen christensen
    clark cole coleman collins contreras cook cooper cox craig crawford cruz cunningham curtis
    daniels davidson davis dean delgado diaz dixon douglas duncan dunn edwards elliott ellis
    estrada evans ferguson fernandez fields fisher fleming fletcher flores ford foster fowler
    fox franklin freeman fuller garcia gardner garrett garza george gibson gilbert gomez
    gonzales gonzalez goodman gordon graham grant graves gray green greene griffin gutierrez
    guzman hale hall hamilton hansen hanson harper harris harrison hart harvey hawkins hayes
    henderson henry hernandez herrera hicks hill hoffman holland holmes holt hopkins horton
    howard howell hudson hughes hunt hunter ingram jackson jacobs james jenkins jennings jensen
    jimenez johnson johnston jones jordan joseph kelley kelly kennedy kim king klein knight
    lambert lane larson lawrence lawson lee leonard lewis little long lopez lowe lucas lynch
    maldonado marshall martin martinez mason matthews may mccarthy mccoy mcdonald mckinney
    medina mendez mendoza meyer miles miller mills mitchell montgomery moore morales moreno
    morgan morris morrison mueller murphy murray myers neal nelson newman newton nguyen nichols
    norris nunez o'brien o'connor o'neill obrien oconnor oliver olson ortega ortiz owens padilla
    palmer park parker parks patel patterson payne pearson pena perez perkins perry peters
    peterson pham phillips pierce porter powell powers price quinn ramirez ramos ramsey ray reed
    reese reeves reid reyes reynolds rhodes rice richards richardson riley rios rivera roberts
    robertson robinson rodgers rodriguez rogers romero rose ross ruiz russell ryan salazar
    sanchez sanders sandoval santiago santos schmidt schneider schultz schwartz scott shaw
    shelton silva simmons simon simpson sims singh smith snyder soto spencer stanley steele
    stephens stevens stevenson stewart stone sullivan sutton taylor terry thomas thompson tran
    tucker turner valdez vargas vasquez vaughn vazquez vega wade wagner walker wallace walsh
    walters wang ward warner warren washington watkins watson watts weaver webb weber welch
    wells west wheeler white wilkins williams williamson willis wilson wolfe wong wood woods
    wright yang young zimmerman
""")
"""Family names, lower case, alphabetical."""

FREQUENT_FIRST_NAMES: Final[tuple[str, ...]] = (
    *("james", "mary", "robert", "patricia", "john", "jennifer", "michael", "linda", "david"),
    *("elizabeth", "william", "barbara", "richard", "susan", "joseph", "jessica", "thomas"),
    *("sarah", "christopher", "karen", "charles", "lisa", "daniel", "nancy", "matthew", "betty"),
    *("anthony", "sandra", "mark", "margaret", "donald", "ashley", "steven", "kimberly", "andrew"),
    *("emily", "paul", "donna", "joshua", "michelle", "kenneth", "carol", "kevin", "amanda"),
    *("brian", "melissa", "george", "deborah", "timothy", "stephanie", "jason", "laura"),
)
"""The most frequent given names in the United States of recent decades (Social Security data)."""

FREQUENT_LAST_NAMES: Final[tuple[str, ...]] = (
    *("smith", "johnson", "williams", "brown", "jones", "garcia", "miller", "davis", "rodriguez"),
    *("martinez", "hernandez", "lopez", "gonzalez", "wilson", "anderson", "thomas", "taylor"),
    *("moore", "jackson", "martin", "lee", "perez", "thompson", "white", "harris", "sanchez"),
    *("clark", "ramirez", "lewis", "robinson", "walker", "young", "allen", "king", "wright"),
    *("scott", "torres", "hill", "flores", "green", "adams", "nelson", "baker", "hall"),
    *("rivera", "campbell", "mitchell", "carter", "roberts"),
)
"""The most frequent family names in the United States (Census 2010)."""
