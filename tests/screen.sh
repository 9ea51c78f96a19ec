# shellcheck shell=sh
# A virtual display of its own, for whatever needs the real window: sourced by tests/stories.sh and
# benches/frames.sh. It ends nothing that it did not start.
#
#   screen_needs TOOL...                    says what is missing and how to install it
#   start_screen FOLDER SIZE [OPTION...]    Xvfb: exports DISPLAY, sets SCREEN_PID; its log is in FOLDER
#   start_desktop FOLDER                    openbox, which gives windows their focus: sets DESKTOP_PID
#   stop_screen                             ends both

SCREEN_PACKAGES="xvfb xdotool openbox imagemagick x11-utils libgl1-mesa-dri"
SCREEN_PID='' DESKTOP_PID=''

screen_needs() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null && continue
        echo "$tool is not installed; apt-get install -y --no-install-recommends $SCREEN_PACKAGES"
        return 1
    done
}

start_screen() {
    screen_folder=$1 screen_size=$2
    shift 2
    # The server picks a free number and writes it, with a newline, when it is ready.
    : >"$screen_folder/display"
    Xvfb -displayfd 3 -screen 0 "${screen_size}x24" -nolisten tcp -noreset +extension GLX "$@" \
        3>"$screen_folder/display" 2>"$screen_folder/xvfb.log" &
    SCREEN_PID=$!
    screen_tries=100
    until [ -s "$screen_folder/display" ]; do
        screen_tries=$((screen_tries - 1))
        if [ "$screen_tries" -eq 0 ] || ! kill -0 "$SCREEN_PID" 2>/dev/null; then
            echo "Xvfb did not start:" >&2
            cat "$screen_folder/xvfb.log" >&2
            return 1
        fi
        sleep 0.1
    done
    DISPLAY=":$(cat "$screen_folder/display")"
    # As on a register without a graphics card, and alike on every machine.
    LIBGL_ALWAYS_SOFTWARE=1
    export DISPLAY LIBGL_ALWAYS_SOFTWARE
    unset WAYLAND_DISPLAY
}

start_desktop() {
    openbox >"$1/openbox.log" 2>&1 &
    DESKTOP_PID=$!
}

stop_screen() {
    for screen_process in $DESKTOP_PID $SCREEN_PID; do
        kill "$screen_process" 2>/dev/null || true
        wait "$screen_process" 2>/dev/null || true
    done
    DESKTOP_PID='' SCREEN_PID=''
}
