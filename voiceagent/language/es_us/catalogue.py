"""The sentences of the house and of tools, and theirs in Spanish; whole sentences, with holes.

Formal address throughout ("usted"). An entry's holes stand on both sides. What a business words
itself (its services, its question about danger) is in its file, under `locales`.
"""

from __future__ import annotations

from typing import Final

from voiceagent.language.es_us.wording import KINDS, untold
from voiceagent.language.phrasebook import SentenceCatalogue

_MOVES: Final = (
    ("Take your time.", "Tómese su tiempo."),
    ("Let me check the price.", "Déjeme ver el precio."),
    ("That time has its own price, one moment.", "Esa hora tiene su propio precio, un momento."),
    ("Let me see which times are open.", "Déjeme ver qué horas están libres."),
    ("Let me see when {name} is free.", "Déjeme ver cuándo está libre {name}."),
    ("I'm booking it now.", "Lo estoy reservando."),
    ("Let me find your booking.", "Déjeme buscar su cita."),
    ("I'm moving it now.", "La estoy cambiando."),
    ("I'm cancelling it now.", "La estoy cancelando."),
    ("I'm making a note of that.", "Lo estoy anotando."),
    ("Let me check on that part.", "Déjeme preguntar por esa pieza."),
    (
        "Of course. One moment while I reach someone for you.",
        "Claro que sí. Un momento mientras busco a una persona para usted.",
    ),
    (
        "Of course. One moment while I reach a technician for you.",
        "Claro que sí. Un momento mientras busco a un técnico para usted.",
    ),
    (
        "I'm sorry about this. One moment while I reach someone for you.",
        "Lo siento mucho. Un momento mientras busco a una persona para usted.",
    ),
    ("I can't hear you. One moment.", "No le oigo. Un momento."),
    (
        "I'm sorry, I still can't hear you. Goodbye.",
        "Lo siento, todavía no le oigo. Hasta luego.",
    ),
    ("I'm putting you through now.", "Le comunico ahora."),
    ("Connecting you to {thing}.", "Le comunico con {thing}."),
    (
        "Please hold the line, I'm getting someone for you.",
        "No cuelgue, por favor, estoy buscando a una persona para usted.",
    ),
    (
        "Please hold the line, I'm getting a technician for you.",
        "No cuelgue, por favor, estoy buscando a un técnico para usted.",
    ),
    ("I'm sorry to hear that.", "Lamento oír eso."),
    ("Hello.", "Hola."),
    ("Good, thank you.", "Bien, gracias."),
    ("You told me about a smell.", "Usted me habló de un olor."),
    ("Sorry, I didn't catch that.", "Perdón, no entendí eso."),
    (
        "I'm sorry, I still didn't get that. You can also ask for a person.",
        "Lo siento, todavía no lo entendí. También puede pedir hablar con una persona.",
    ),
    (
        "I'm having trouble understanding you, and I'm sorry about that.",
        "Me cuesta entenderle, y lo siento.",
    ),
    ("Sorry, we were cut off for a moment.", "Perdón, se cortó un momento."),
    ("Yes, I can hear you.", "Sí, le oigo."),
    ("Sorry, I can't hear you.", "Perdón, no le oigo."),
    (
        "I'm still here. You can also press 0 for a person.",
        "Sigo aquí. También puede marcar 0 para hablar con una persona.",
    ),
    (
        "I can't hear you, so I'll hang up now. Please call again any time. Goodbye.",
        "No le oigo, así que voy a colgar. Vuelva a llamar cuando quiera. Hasta luego.",
    ),
    (
        (
            "For your security I can't take card numbers here. "
            "The deposit is paid through a secure link instead."
        ),
        (
            "Por su seguridad no puedo recibir números de tarjeta aquí. "
            "El depósito se paga por un enlace seguro."
        ),
    ),
    (
        "Please don't give me a card number. You'll get a secure link to pay instead.",
        "Por favor no me dé ningún número de tarjeta. Recibirá un enlace seguro para pagar.",
    ),
    (
        "All right. From now on, this call is not recorded.",
        "Muy bien. Desde ahora esta llamada no se graba.",
    ),
    (
        "All right. I've noted that you don't want calls or texts from us.",
        "Muy bien. He anotado que no quiere llamadas ni mensajes nuestros.",
    ),
    (
        "All right. From now on, what you say stays on our own systems.",
        "Muy bien. Desde ahora lo que diga se queda en nuestros propios sistemas.",
    ),
    ("And this call is not recorded.", "Y esta llamada no se graba."),
    (
        "I'm sorry, I don't know that. If you like, ask me to have somebody call you back about it.",  # noqa: E501
        "Lo siento, eso no lo sé. Si quiere, pida hablar con una persona.",
    ),
    ("Of course.", "Claro que sí."),
    ("All right.", "Muy bien."),
    ("Yes, we do that.", "Sí, eso lo hacemos."),
    ("All right, I've left your booking as it is.", "Muy bien, dejé su cita como estaba."),
    (
        "Do you want to change the time of something you have booked?",
        "¿Quiere cambiar la hora de algo que ya reservó?",
    ),
    ("All right, your booking stands for now.", "Muy bien, su cita sigue en pie por ahora."),
    ("I want to be sure before I do anything.", "Quiero estar seguro antes de hacer nada."),
    ("All right, I won't book anything.", "Muy bien, no reservo nada."),
    ("No problem.", "No hay problema."),
    (
        "Then please get to safety, and dial 911 if there is any danger. Goodbye.",
        "Entonces póngase a salvo, por favor, y marque al 911 si hay peligro. Hasta luego.",
    ),
    (
        "I'm glad to hear that, and sorry for the alarm.",
        "Me alegra oírlo, y perdone la alarma.",
    ),
    ("I'm sorry, that time was just taken.", "Lo siento, esa hora se acaba de ocupar."),
    ("I'm sorry, nothing is open then.", "Lo siento, para entonces no hay nada libre."),
    (
        "That is taking a little longer than usual. One more moment.",
        "Esto tarda un poco más de lo normal. Un momento más.",
    ),
    (
        "That is taking a moment longer. I'm still on it.",
        "Esto tarda un momento más. Sigo en ello.",
    ),
    ("One moment.", "Un momento."),
    ("Just a second.", "Un segundo."),
    ("Let me see.", "Déjeme ver."),
    ("Let me check.", "Déjeme ver."),
    (
        (
            "I'm sorry, this is taking longer than it should. "
            "You can say it again, or press 0 for a person."
        ),
        (
            "Lo siento, esto tarda más de lo que debería. "
            "Puede decirlo otra vez, o marcar 0 para hablar con una persona."
        ),
    ),
    (
        "I can't settle that myself, but our team can. One moment while I reach someone for you.",
        (
            "Eso no lo puedo resolver yo, pero nuestro equipo sí. "
            "Un momento mientras busco a una persona para usted."
        ),
    ),
    (
        "I can't settle that myself, but a person can.",
        "Eso no lo puedo resolver yo, pero una persona sí.",
    ),
    ("No problem at all. Goodbye.", "No hay ningún problema. Hasta luego."),
    (
        "Thank you, but we can't take offers on this line. Goodbye.",
        "Gracias, pero en esta línea no recibimos ofertas. Hasta luego.",
    ),
    ("I'm sorry, I only understand English.", "Lo siento, solo entiendo inglés y español."),
    (
        (
            "I'm sorry, on the phone I only understand English. "
            "In writing I understand Spanish as well."
        ),
        "Lo siento, por teléfono solo entiendo inglés. Por escrito también entiendo español.",
    ),
    (
        "You can text us in Spanish at this number.",
        "Puede mandarnos un mensaje de texto en español a este número.",
    ),
    (
        "I don't know of a discount, and I can't change our prices. I'm sorry.",
        "No sé de ningún descuento, y no puedo cambiar nuestros precios. Lo siento.",
    ),
    (
        "That is the price of one. What several cost I can't say, but a person can.",
        "Ese es el precio de uno. No sé decir cuánto cuestan varios, pero una persona sí.",
    ),
    (
        "For your security I can only use what you tell me now.",
        "Por su seguridad solo puedo usar lo que me diga ahora.",
    ),
    (
        (
            "I can't note a number abroad, or one that costs extra to call. A person can, "
            "or give me another number."
        ),
        (
            "No puedo anotar un número del extranjero, ni uno con tarifa especial. Una persona sí "
            "puede, o deme otro número."
        ),
    ),
    (
        "I will come to the other visit once this one is booked.",
        "La otra visita la vemos cuando esta esté reservada.",
    ),
    ("Now the other visit.", "Ahora la otra visita."),
    (
        "All right, nothing is booked yet. Just tell me when I should.",
        "Muy bien, todavía no hay nada reservado. Dígame cuándo lo hago.",
    ),
    (
        "For a visit we need the street address, a PO box won't do.",
        "Para una visita necesitamos la dirección de la calle, un apartado postal no sirve.",
    ),
    ("I'm sorry, I can't do that right now.", "Lo siento, no puedo hacer eso en este momento."),
    (
        "I'm sorry, something isn't working on my side just now.",
        "Lo siento, algo no funciona de mi lado en este momento.",
    ),
    (
        "For an emergency somebody comes all the same, at the after-hours price.",
        "Para una emergencia alguien va de todos modos, al precio fuera de horario.",
    ),
    ("I'm sorry, I have nothing open then.", "Lo siento, no tengo nada libre entonces."),
    (
        "I'm sorry, I have nothing open in the next {digits} days.",
        "Lo siento, no tengo nada libre en los próximos {digits} días.",
    ),
    ("I can also put you on our waiting list.", "También puedo ponerle en la lista de espera."),
    ("I'm putting you on our waiting list.", "Le estoy poniendo en la lista de espera."),
    (
        "I'm sorry, that code doesn't belong to that phone number.",
        "Lo siento, ese código no corresponde a ese número de teléfono.",
    ),
    (
        (
            "For your security I need the code from your confirmation text before I can change a "
            "booking."
        ),
        (
            "Por su seguridad necesito el código de su mensaje de confirmación antes de cambiar una "  # noqa: E501
            "cita."
        ),
    ),
    (
        "Without the code I can't look into a booking, for your security.",
        "Sin el código no puedo ver una cita, por su seguridad.",
    ),
    (
        "It's booked with the earlier details. A person can change that.",
        "Está reservado con los datos anteriores. Una persona puede cambiarlo.",
    ),
    (
        "First I have to know that nobody is in danger.",
        "Primero tengo que saber que nadie está en peligro.",
    ),
    ("I'd better ask you for that once more.", "Mejor se lo pregunto otra vez."),
    ("Let me read that back to you first.", "Primero se lo voy a leer."),
    ("I'll come back to that.", "Vuelvo a eso en un momento."),
)

_BOOKINGS: Final = (
    ("You're booked for {when}.", "Su cita queda reservada: {when}."),
    ("You already have that booking: {when}.", "Ya tiene esa cita: {when}."),
    ("Your booking code is {code}.", "Su código de reserva es {code}."),
    (
        "We're texting you a link to pay the deposit of {money}.",
        "Le enviamos por mensaje un enlace para pagar el depósito de {money}.",
    ),
    (
        "It goes to the number you're contacting us from.",
        "Llega al número desde el que nos contacta.",
    ),
    (
        "A link to pay the deposit of {money} follows here in the chat.",
        "El enlace para pagar el depósito de {money} llega aquí, en el chat.",
    ),
    (
        "A link to pay the deposit of {money} follows by e-mail.",
        "El enlace para pagar el depósito de {money} llega por correo.",
    ),
    ("The deposit is {money}.", "El depósito es de {money}."),
    (
        "I couldn't text the link: your number is withheld.",
        "No pude enviarle el enlace: su número está oculto.",
    ),
    (
        "I couldn't text the link: we don't text numbers like yours.",
        "No pude enviarle el enlace: no enviamos mensajes a números como el suyo.",
    ),
    (
        "I couldn't text the link: we don't send texts.",
        "No pude enviarle el enlace: no enviamos mensajes.",
    ),
    (
        "I couldn't text the link: you asked us not to.",
        "No pude enviarle el enlace: usted nos pidió no enviarle mensajes.",
    ),
    (
        "I couldn't text the link: your number doesn't get texts.",
        "No pude enviarle el enlace: su número no recibe mensajes.",
    ),
    (
        "I couldn't text the link: too many have gone to your number today.",
        "No pude enviarle el enlace: hoy ya salieron demasiados mensajes a su número.",
    ),
    (
        "I couldn't text the link: we can't send any more of them right now.",
        "No pude enviarle el enlace: ahora no podemos enviar más mensajes.",
    ),
    (
        "Done. Your booking is now {when}. The code is still {code}.",
        "Listo. Su cita es ahora {when}. El código sigue siendo {code}.",
    ),
    ("Your booking for {when} is cancelled.", "Su cita de {when} está cancelada."),
    ("Your booking is cancelled.", "Su cita está cancelada."),
    ("I found your booking for {when}.", "Encontré su cita: {when}."),
    ("Done.", "Listo."),
    ("Your booking is now {when}.", "Su cita es ahora {when}."),
    ("The code is still {code}.", "El código sigue siendo {code}."),
)

_WHO_AND_WHERE: Final = (
    (
        "I'm {thing}, an automated assistant. You can ask for a person at any time.",
        "Soy {thing}, un asistente automático. Puede pedir hablar con una persona cuando quiera.",
    ),
    (
        "I'm sorry, {name} is outside the area we serve.",
        "Lo siento, {name} queda fuera de la zona que atendemos.",
    ),
    ("Is there another address?", "¿Hay otra dirección?"),
    (
        "I'm sorry, we don't come to ZIP code {digits}.",
        "Lo siento, no llegamos al código postal {digits}.",
    ),
    ("We come to {list}.", "Llegamos a {list}."),
    ("Yes, we serve {digits}, {name}.", "Sí, atendemos {digits}, {name}."),
    ("I'm sorry, we don't serve {digits}.", "Lo siento, no atendemos {digits}."),
    ("Thank you for calling {fact}. Goodbye.", "Gracias por contactar a {fact}. Hasta luego."),
    ("There is no {text}.", "No existe {text}."),
    ("Which day do you mean by {text}?", "¿Qué día quiere decir con {text}?"),
    ("Thank you, {name}.", "Gracias, {name}."),
    ("I have {phone}.", "Tengo el {phone}."),
    ("Thank you, {name}. I have {phone}.", "Gracias, {name}. Tengo el {phone}."),
    ("I have {phone}, extension {digits}.", "Tengo el {phone}, extensión {digits}."),
    ("I've also noted: {text}.", "También anoté: {text}."),
    ("Noted: {text}.", "Anotado: {text}."),
    ("All right, {fact}.", "Muy bien, {fact}."),
    ("I've changed that.", "Ya lo cambié."),
    ("{fact}.", "{fact}."),
    ("{fact}", "{fact}"),
    ("{when}.", "{when}."),
)

_QUESTIONS: Final = (
    ("How can I help?", "¿En qué le puedo ayudar?"),
    ("What can I do for you today?", "¿Qué puedo hacer por usted hoy?"),
    ("Would you like me to book that for you?", "¿Quiere que se lo reserve?"),
    ("Shall I book a time for you?", "¿Le reservo una hora?"),
    ("What seems to be the problem?", "¿Cuál es el problema?"),
    (
        "Could you tell me in a few words what is wrong?",
        "¿Me puede decir en pocas palabras qué pasa?",
    ),
    (
        "Once everyone is safe, shall I book a time for you?",
        "Cuando todos estén a salvo, ¿quiere que le reserve una hora?",
    ),
    (
        "If you are safe now, shall I book a time for you?",
        "Si ya está a salvo, ¿quiere que le reserve una hora?",
    ),
    (
        "Once everyone is safe, shall I arrange a visit?",
        "Cuando todos estén a salvo, ¿quiere que organice una visita?",
    ),
    (
        "If you are safe now, would you like me to arrange a visit?",
        "Si ya está a salvo, ¿quiere que organice una visita?",
    ),
    (
        "May I have your name and the best phone number to reach you?",
        "¿Me da su nombre y el mejor número de teléfono para comunicarnos con usted?",
    ),
    (
        "What is your name, and which phone number can we reach you on?",
        "¿Cómo se llama, y a qué número de teléfono le podemos llamar?",
    ),
    ("May I have your name?", "¿Me da su nombre?"),
    ("What is your first and last name?", "¿Cuál es su nombre y apellido?"),
    (
        "What is the best phone number to reach you?",
        "¿Cuál es el mejor número de teléfono para comunicarnos con usted?",
    ),
    (
        "Could you give me your ten digit phone number?",
        "¿Me puede dar su número de teléfono de diez cifras?",
    ),
    ("What is the address for the visit?", "¿Cuál es la dirección para la visita?"),
    ("What is the address?", "¿Cuál es la dirección?"),
    (
        "Could you tell me the street number, the street and the city?",
        "¿Me puede decir el número, la calle y la ciudad?",
    ),
    ("Would you like to go ahead?", "¿Quiere seguir adelante?"),
    ("Shall I go ahead and look for a time?", "¿Sigo y le busco una hora?"),
    ("What day would suit you?", "¿Qué día le conviene?"),
    ("Which day, and morning or afternoon?", "¿Qué día, y por la mañana o por la tarde?"),
    ("What should I change?", "¿Qué debo cambiar?"),
    ("Which part is not right?", "¿Qué parte no está bien?"),
    (
        "What are the phone number and the booking code?",
        "¿Cuáles son el número de teléfono y el código de reserva?",
    ),
    (
        "Could you give me the phone number on the booking, and its code?",
        "¿Me puede dar el número de teléfono de la cita, y su código?",
    ),
    ("What is your booking code?", "¿Cuál es su código de reserva?"),
    (
        "Could you read me the booking code from the text we sent you?",
        "¿Me puede leer el código de reserva del mensaje que le enviamos?",
    ),
    (
        "Shall I text a code to the number you booked with?",
        "¿Envío un código por mensaje al número con el que reservó?",
    ),
    ("Would you like me to text you a code?", "¿Quiere que le envíe un código por mensaje?"),
    ("Shall I connect you with a person?", "¿Le comunico con una persona?"),
    (
        "Would you like me to connect you with a person?",
        "¿Quiere que le comunique con una persona?",
    ),
    ("Is there anything else I can help with?", "¿Hay algo más en que le pueda ayudar?"),
    ("Can I do anything else for you?", "¿Puedo hacer algo más por usted?"),
    ("Did I understand you right?", "¿Le entendí bien?"),
    ("Is that what you meant?", "¿Es eso lo que quería decir?"),
    ("What are the six digits?", "¿Cuáles son las seis cifras?"),
    (
        "Could you read me the six digits from the text?",
        "¿Me puede leer las seis cifras del mensaje?",
    ),
    ("Which is it: {list}?", "¿Cuál es: {list}?"),
    ("What do you need: {list}?", "¿Qué necesita: {list}?"),
    ("I can help with {list}. Which one is it?", "Puedo ayudarle con {list}. ¿Cuál es?"),
    ("And which street is number {code} on?", "¿Y en qué calle está el número {code}?"),
    ("And what is the house number on {name}?", "¿Y cuál es el número de la casa en {name}?"),
    (
        "I heard more than one number. Which is yours: {phone} or {phone2}?",
        "Hay más de un número. ¿Cuál es el suyo: {phone} o {phone2}?",
    ),
    ("I have {digits}. What are the remaining digits?", "Tengo {digits}. ¿Qué cifras faltan?"),
    ("Shall I book it now?", "¿Lo reservo ahora?"),
    ("Shall I book it?", "¿Lo reservo?"),
    ("Shall I move your booking to {when}?", "¿Cambio su cita a {when}?"),
    (
        "Do you want me to cancel your booking for {when}?",
        "¿Quiere que cancele su cita de {when}?",
    ),
    ("Do you want me to cancel it?", "¿Quiere que la cancele?"),
    ("I have {when}. Does that work for you?", "Tengo {when}. ¿Le sirve?"),
    (
        "The open times are {list}. Which works better for you?",
        "Las horas libres son {list}. ¿Cuál le conviene más?",
    ),
    (
        "I have nothing open then. The closest times are {list}. Which works better for you?",
        "No tengo nada libre entonces. Las horas más cercanas son {list}. ¿Cuál le conviene más?",
    ),
    ("I have {list}. Which works better for you?", "Tengo {list}. ¿Cuál le conviene más?"),
    ("Let me read that back.", "Se lo leo."),
    ("{fact}, {phone}.", "{fact}, {phone}."),
    ("Notes: {text}.", "Notas: {text}."),
    ("The estimate is {money}.", "El estimado es de {money}."),
    (
        "What should we know, like a gate code or a pet? You can also say no.",
        "¿Qué debemos saber, como un código de entrada o una mascota? También puede decir que no.",
    ),
    (
        "What should we know? You can also say no.",
        "¿Qué debemos saber? También puede decir que no.",
    ),
    (
        "Is there anything we should know before we see you, like a gate code or a pet?",
        "¿Hay algo que debamos saber antes de la visita, como un código de entrada o una mascota?",
    ),
    (
        "Is there anything we should know beforehand?",
        "¿Hay algo que debamos saber de antemano?",
    ),
    ("Let me check the name: {name}. Is that right?", "Reviso el nombre: {name}. ¿Es correcto?"),
    (
        "Let me check the number: {phone}. Is that right?",
        "Reviso el número: {phone}. ¿Es correcto?",
    ),
    (
        "Let me check the address: {name}. Is that right?",
        "Reviso la dirección: {name}. ¿Es correcta?",
    ),
    ("Did you mean {when}?", "¿Quiso decir {when}?"),
    (
        "I'm sorry. Please spell it for me, letter by letter.",
        "Lo siento. Deletréelo, por favor, letra por letra.",
    ),
    (
        "I'm sorry. Please say it one digit at a time, or type it on your phone.",
        "Lo siento. Dígalo cifra por cifra, por favor, o márquelo en su teléfono.",
    ),
    (
        "I'm sorry. Please say the house number one digit at a time, then the street.",
        "Lo siento. Diga el número de la casa cifra por cifra, por favor, y después la calle.",
    ),
    ("I'm sorry.", "Lo siento."),
)

_TOOLS: Final = (
    (
        "The after-hours visit is {money}, credited toward the {thing}.",
        "La visita fuera de horario cuesta {money}, que se descuentan de: {thing}.",
    ),
    (
        "The visit is {money}, credited toward the {thing}.",
        "La visita cuesta {money}, que se descuentan de: {thing}.",
    ),
    ("The trip out to you is {money}.", "El viaje hasta usted cuesta {money}."),
    (
        "The estimate for the {thing} is {money} in total.",
        "El estimado total ({thing}) es de {money}.",
    ),
    (
        "The estimate for the {thing} is {money} in total, as {thing2} usually takes more work.",
        "El estimado total ({thing}) es de {money}: {thing2} suele dar más trabajo.",
    ),
    (
        "The estimate for the {thing} is {money} in total, as {thing2} usually takes less work.",
        "El estimado total ({thing}) es de {money}: {thing2} suele dar menos trabajo.",
    ),
    (
        "With the code {code}, the estimate for the {thing} is {money} in total.",
        "Con el código {code}, el estimado total ({thing}) es de {money}.",
    ),
    ("A deposit of {money} holds the booking.", "Un depósito de {money} asegura la cita."),
    ("There is no charge for the {thing}.", "No tiene costo: {thing}."),
    (
        "I'm sorry, I don't have a code like that for the {thing}.",
        "Lo siento, no tengo un código así para: {thing}.",
    ),
    ("Let me look at the open times again.", "Déjeme ver otra vez las horas libres."),
    ("Let me check the price first.", "Primero déjeme ver el precio."),
    (
        "That price was good for a while only. Let me check it again.",
        "Ese precio valía solo por un tiempo. Déjeme verlo otra vez.",
    ),
    ("That time has another price. Let me check it.", "Esa hora tiene otro precio. Déjeme verlo."),
    (
        "The estimate is {money}. Shall I book it at that price?",
        "El estimado es de {money}. ¿Lo reservo a ese precio?",
    ),
    (
        "I can book up to {digits} days ahead. Which day would you like?",
        "Puedo reservar hasta con {digits} días de anticipación. ¿Qué día quiere?",
    ),
    (
        "I'm sorry, our dispatch did not confirm that, so I can't promise it.",
        "Lo siento, nuestro despacho no lo confirmó, así que no se lo puedo prometer.",
    ),
    (
        "I've asked our team to look into it and call you back.",
        "Le pedí a nuestro equipo que lo revise y le devuelva la llamada.",
    ),
    ("Please call us again about it.", "Por favor vuelva a llamarnos sobre eso."),
    ("Please call us again.", "Por favor vuelva a llamarnos."),
    (
        "I'm sorry, I couldn't reach anyone just now, and I couldn't leave a message either.",
        "Lo siento, no pude comunicarme con nadie ahora, y tampoco pude dejar un mensaje.",
    ),
    ("I'm sorry, we are closed on {hours}.", "Lo siento, cerramos el {hours}."),
    (
        "I can't look up bookings any more in this call. Shall I get a person for you?",
        "Ya no puedo buscar citas en esta conversación. ¿Le busco a una persona?",
    ),
    (
        "I'm sorry, I can't send a code by text here. A person can help you.",
        "Lo siento, aquí no puedo enviar un código por mensaje. Una persona le puede ayudar.",
    ),
    (
        "I'm sorry, I can't send another code just now. A person can help you.",
        "Lo siento, ahora no puedo enviar otro código. Una persona le puede ayudar.",
    ),
    (
        "If a booking was made from that number, it gets a text with six digits now.",
        "Si hay una cita con ese número, ahora le llega un mensaje con seis cifras.",
    ),
    (
        "I'm sending your confirmation, with the link to pay the deposit, once more.",
        "Le envío otra vez la confirmación, con el enlace para pagar el depósito.",
    ),
    ("I'm sending your confirmation, once more.", "Le envío otra vez la confirmación."),
    (
        "I'm sorry, I can't send a text to the number of this call. A person can help you.",
        "Lo siento, no puedo enviar mensajes a su número. Una persona le puede ayudar.",
    ),
    (
        "I've noted that our team calls you back {when}.",
        "Anoté que le devolvemos la llamada {when}.",
    ),
    ("You can book: {list}.", "Puede reservar: {list}."),
    ("We are open {hours}.", "Abrimos {hours}."),
    ("We are closed on public holidays.", "Los días festivos cerramos."),
    ("We are closed on {hours}.", "Cerramos el {hours}."),
    ("On {hours}, we are open from {hours2}.", "El {hours} abrimos de {hours2}."),
    ("On {hours}, we are open all day.", "El {hours} abrimos todo el día."),
)

_LATER_TEXTS: Final = (
    ("{fact}: your {thing} is booked for {when}.", "{fact}: tiene reservado: {thing}, {when}."),
    ("Booking code {code}.", "Código de reserva {code}."),
    ("Pay the {money} deposit here: {text}", "Pague aquí el depósito de {money}: {text}"),
    ("{fact}: your {thing} has moved to {when}.", "{fact}: su cita cambió: {thing}, {when}."),
    (
        "{fact}: your {thing} on {when} is cancelled.",
        "{fact}: su cita quedó cancelada: {thing}, {when}.",
    ),
    ("{fact}: we received your {money} deposit.", "{fact}: recibimos su depósito de {money}."),
    ("Your visit, code {code}, is confirmed.", "Su visita, código {code}, está confirmada."),
    (
        "{fact}: please pay the {money} deposit for your visit: {text}",
        "{fact}: por favor pague el depósito de {money} de su visita: {text}",
    ),
    ("Without it the visit will be called off.", "Sin el depósito la visita se cancela."),
    (
        "{fact}: your visit, code {code}, was called off because its deposit was not paid.",
        "{fact}: su visita, código {code}, se canceló porque el depósito no se pagó.",
    ),
    ("To book again, call {phone}.", "Para reservar otra vez, llame al {phone}."),
)
"""What is sent later about a booking; the code, the link and the amount stand in it by then."""

CATALOGUE: Final = (
    *_MOVES,
    *_BOOKINGS,
    *_WHO_AND_WHERE,
    *_QUESTIONS,
    *_TOOLS,
    *_LATER_TEXTS,
)
PHRASEBOOK: Final = SentenceCatalogue(CATALOGUE, KINDS, untold)
