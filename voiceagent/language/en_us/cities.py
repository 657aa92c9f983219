"""Cities that a caller may name without a state: a closed list, beside those of the business file.

The hundred and fifty largest of the United States, and towns around the shipped businesses. A name
that is also a first or family name or an ordinary word ("Lincoln", "Mobile") counts only where a
city is due: right after a street, or after "in".
"""

from __future__ import annotations

CITIES: tuple[str, ...] = (
    "Akron", "Albuquerque", "Anaheim", "Anchorage", "Arlington", "Arvada", "Atlanta", "Aurora",
    "Austin", "Bakersfield", "Baltimore", "Baton Rouge", "Beavercreek", "Bellefontaine",
    "Birmingham", "Boise", "Boston", "Boulder", "Broomfield", "Buffalo", "Canton", "Cedarville",
    "Centennial", "Centerville", "Chandler", "Charlotte", "Chattanooga", "Chesapeake", "Chicago",
    "Chula Vista", "Cincinnati", "Cleveland", "Colorado Springs", "Columbus", "Corpus Christi",
    "Dallas", "Dayton", "Delaware", "Denver", "Des Moines", "Detroit", "Donnelsville", "Dublin",
    "Durham", "El Paso", "Elyria", "Englewood", "Enon", "Evanston", "Fairborn", "Findlay",
    "Fort Collins", "Fort Wayne", "Fort Worth", "Fremont", "Fresno", "Gilbert", "Glendale",
    "Golden", "Grand Rapids", "Greensboro", "Hamilton", "Henderson", "Hialeah", "Hilliard",
    "Honolulu", "Houston", "Huber Heights", "Indianapolis", "Irvine", "Irving", "Jacksonville",
    "Jersey City", "Kansas City", "Kettering", "Knoxville", "Lakewood", "Lancaster", "Laredo",
    "Las Vegas", "Lexington", "Lima", "Lincoln", "Littleton", "London", "Long Beach", "Longmont",
    "Los Angeles", "Louisville", "Lubbock", "Madison", "Mansfield", "Mechanicsburg", "Medway",
    "Memphis", "Mesa", "Miami", "Miamisburg", "Middletown", "Milwaukee", "Minneapolis", "Modesto",
    "Montgomery", "Nashville", "New Carlisle", "New Orleans", "New York", "Newark", "Norfolk",
    "North Hampton", "Northglenn", "Oakland", "Oklahoma City", "Omaha", "Orlando", "Parma",
    "Philadelphia", "Phoenix", "Piqua", "Pittsburgh", "Plain City", "Plano", "Portland", "Raleigh",
    "Reno", "Richmond", "Riverside", "Rochester", "Sacramento", "Saint Louis", "St Louis",
    "Saint Paul", "St Paul", "St Paris", "San Antonio", "San Bernardino", "San Diego",
    "San Francisco", "San Jose", "Sandusky", "Santa Ana", "Savannah", "Scottsdale", "Seattle",
    "Sidney", "South Charleston", "South Vienna", "Spokane", "Springboro", "Springfield",
    "Stockton", "Tacoma", "Tallahassee", "Tampa", "Thornton", "Tipp City", "Toledo", "Tremont City",
    "Troy", "Tucson", "Tulsa", "Urbana", "Vandalia", "Virginia Beach", "Washington", "West Liberty",
    "Westerville", "Westminster", "Wheat Ridge", "Wichita", "Wilmington", "Winston Salem", "Xenia",
    "Yellow Springs", "Youngstown", "Zanesville",
)  # fmt: skip
