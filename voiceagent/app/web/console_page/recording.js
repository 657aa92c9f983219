// The recording on a call's page: a click on a turn plays from there, and a line shows where it is.

const audio = document.getElementById('recording');
const timeline = document.getElementById('timeline');
const playhead = document.getElementById('playhead');

function playFrom(seconds) {
  const start = () => {
    audio.currentTime = seconds;
    audio.play();
  };
  if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) {
    start();
  } else {
    audio.addEventListener('loadedmetadata', start, { once: true });
    audio.preload = 'metadata';
    audio.load();
  }
}

for (const button of document.querySelectorAll('button.play')) {
  button.addEventListener('click', () => playFrom(Number(button.dataset.at)));
}

// Where it was clicked, or where the turn begins that was clicked.
timeline.addEventListener('click', (event) => {
  const { left, width } = timeline.getBoundingClientRect();
  const clicked = ((event.clientX - left) / width) * timeline.viewBox.baseVal.width;
  playFrom(Number(event.target.dataset.at ?? clicked));
});

audio.addEventListener('timeupdate', () => {
  playhead.setAttribute('x1', audio.currentTime);
  playhead.setAttribute('x2', audio.currentTime);
});
